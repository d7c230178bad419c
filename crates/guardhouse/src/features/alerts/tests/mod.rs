//! As a caller would: sign in from here, from there, and from here again.

use axum::body::Body;
use guardhouse_core::time::Span;
use http::Method;
use serde_json::json;

use super::AlertSettings;
use crate::{
    kernel::mail::Posted,
    testing::{Answer, PASSWORD, TestApp},
};

mod places;
mod told;

async fn login(app: &TestApp, program: &str, mark: Option<&str>) -> Answer {
    let request = app.request(Method::POST, "/api/auth/login").header("content-type", "application/json");
    let request = request.header("user-agent", program);
    let request =
        mark.iter().fold(request, |request, mark| request.header("cookie", format!("guardhouse_device={mark}")));
    let body = json!({"email": "alice@example.com", "password": PASSWORD}).to_string();
    app.send(request.body(Body::from(body)).unwrap()).await.expect(200)
}

async fn letters(app: &TestApp) -> Vec<Posted> {
    let mut letters = app.letters().await;
    letters.retain(|letter| letter.subject == "A new sign-in to your account");
    letters.sort_by_key(|letter| letter.id);
    letters
}

async fn told(app: &TestApp) -> usize {
    letters(app).await.len()
}

#[tokio::test]
async fn a_sign_in_from_somewhere_new_is_told_once_m64_6_3_5() {
    let app = TestApp::new().await;
    let _ = app.register("alice").await;
    let first = login(&app, "Firefox/140.0", None).await;
    let (mark, _) = first.cookie("guardhouse_device").unwrap();
    let before = told(&app).await;
    // The same program elsewhere, another one here; each is news once, and a newer version is none.
    let elsewhere = app.from("198.51.100.7");
    let _ = login(&elsewhere, "Firefox/140.0", None).await;
    assert_eq!(told(&app).await, before + 1);
    let _ = login(&elsewhere, "Firefox/141.0", None).await;
    assert_eq!(told(&app).await, before + 1);
    let _ = login(&app, "curl/8.9", None).await;
    assert_eq!(told(&app).await, before + 2);
    // A browser that signed in before travels.
    let _ = login(&app.from("203.0.113.9"), "Firefox/140.0", Some(&mark)).await;
    assert_eq!(told(&app).await, before + 2);
    assert_eq!(app.audited().await.iter().filter(|action| *action == "alerts.new_sign_in").count(), before + 2);
    app.advance(Span::days(401));
    (super::places::SWEEP.run)(app.ctx()).await.unwrap();
    assert!(app.rows("select 1 from sign_in_places", vec![]).await.is_empty(), "M-40");
}

#[tokio::test]
async fn programs_that_call_themselves_otherwise_each_time_fill_no_mailbox_m64() {
    let app = TestApp::new().await;
    let _ = app.register("alice").await;
    for n in 0..14_u8 {
        let _ = login(&app, &"x".repeat(usize::from(n) + 1), None).await;
    }
    assert_eq!(told(&app).await, 10);
    let raised = app.audited().await.into_iter().filter(|action| action == "alerts.new_sign_in").count();
    assert_eq!(raised, 14, "the audit log has all of them");
}

#[tokio::test]
async fn the_operator_may_leave_the_letter_out_and_keeps_the_event_m64() {
    let app =
        TestApp::with(|settings| settings.set(AlertSettings { new_sign_in: false, ..AlertSettings::default() })).await;
    let _ = app.register("alice").await;
    let _ = login(&app.from("198.51.100.7"), "x", None).await;
    assert_eq!(told(&app).await, 0);
    assert!(app.audited().await.iter().any(|action| action == "alerts.new_sign_in"));
}

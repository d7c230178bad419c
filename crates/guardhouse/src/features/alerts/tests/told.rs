//! What the owner is told of logins that stopped half-way, and the operators of attacks.

use guardhouse_core::time::Span;
use serde_json::json;

use super::AlertSettings;
use crate::testing::{PASSWORD, TestApp};

const OPS: &str = "ops@example.com";

async fn subjects(app: &TestApp, to: &str) -> Vec<String> {
    app.letters().await.into_iter().filter(|letter| letter.to == to).map(|letter| letter.subject).collect()
}

async fn half_done(app: &TestApp) -> usize {
    let subjects = subjects(app, "alice@example.com").await;
    subjects.iter().filter(|subject| subject.starts_with("Somebody knows")).count()
}

fn alerting(change: impl FnOnce(&mut AlertSettings)) -> AlertSettings {
    let mut alerts = AlertSettings { to: vec![OPS.to_owned()], ..AlertSettings::default() };
    change(&mut alerts);
    alerts
}

#[tokio::test]
async fn a_password_without_its_second_factor_is_told_to_the_owner_6_3_5() {
    let app = TestApp::with(|settings| settings.set(alerting(|_| {}))).await;
    let alice = app.enrolled("alice").await;
    // Begun and finished: no news, even where it took a second try.
    let _ = app.ticket("alice").await;
    let ticket = app.ticket("alice").await;
    let _ = app.answer(&ticket, "totp", &alice.application.code(&app)).await.expect(200);
    app.advance(Span::hours(1));
    assert_eq!(half_done(&app).await, 0);
    let _ = app.from("198.51.100.7").ticket("alice").await;
    assert_eq!(half_done(&app).await, 0, "there is time yet");
    app.advance(Span::hours(1));
    assert_eq!(half_done(&app).await, 1);
    let letters = app.letters().await;
    let letter = letters.iter().find(|letter| letter.subject.starts_with("Somebody knows")).unwrap();
    assert!(letter.text.contains("from 198.51.100.7, and did not show the second"), "{}", letter.text);
    assert!(app.audited().await.contains(&"mfa.unanswered".to_owned()));
    assert_eq!(subjects(&app, OPS).await, ["Alert: half_done"]);
    // Whoever has the password cannot fill the owner's mailbox.
    for _ in 0..5 {
        app.advance(Span::hours(2));
        let _ = app.ticket("alice").await;
        app.advance(Span::hours(1));
        app.work().await;
    }
    assert_eq!(half_done(&app).await, 3);
}

#[tokio::test]
async fn the_owners_own_login_hides_no_strangers_half_6_3_5() {
    let app = TestApp::new().await;
    let alice = app.enrolled("alice").await;
    let stranger = app.from("198.51.100.7");
    let _ = stranger.ticket("alice").await;
    let ticket = app.ticket("alice").await;
    let _ = app.answer(&ticket, "totp", &alice.application.code(&app)).await.expect(200);
    app.advance(Span::hours(1));
    assert_eq!(half_done(&app).await, 1);
}

#[tokio::test]
async fn wrong_answers_of_somebody_who_is_signed_in_are_half_of_no_login_6_3_5() {
    let app = TestApp::new().await;
    let alice = app.enrolled("alice").await;
    for _ in 0..7 {
        let _ = alice.actor.post("/api/auth/step-up", json!({"method": "totp", "code": "000000"})).await;
    }
    app.advance(Span::hours(1));
    assert_eq!(half_done(&app).await, 0);
    assert!(app.audited().await.contains(&"mfa.locked".to_owned()));
}

#[tokio::test]
async fn wrong_second_factors_until_the_lock_are_told_6_3_5() {
    let app = TestApp::new().await;
    let _ = app.enrolled("alice").await;
    app.advance(Span::hours(1));
    let ticket = app.ticket("alice").await;
    for _ in 0..10 {
        if app.answer(&ticket, "totp", "000000").await.code() == "INVALID_TOKEN" {
            break;
        }
    }
    let ticket = app.ticket("alice").await;
    for _ in 0..10 {
        let _ = app.answer(&ticket, "totp", "000000").await;
    }
    assert!(app.audited().await.contains(&"mfa.locked".to_owned()));
    assert_eq!(half_done(&app).await, 1);
    app.advance(Span::minutes(10));
    assert_eq!(half_done(&app).await, 1, "the end of the ticket is the same story");
}

#[tokio::test]
async fn a_sign_in_after_several_wrong_tries_is_told_6_3_5() {
    let app = TestApp::new().await;
    let _ = app.register("alice").await;
    let _ = app.try_login("alice", PASSWORD).await.expect(200);
    for _ in 0..3 {
        let _ = app.try_login("alice", "not her password").await;
    }
    let _ = app.try_login("alice", PASSWORD).await.expect(200);
    let letters = app.letters().await;
    let told = letters.iter().find(|letter| letter.text.contains("Before that, 3 tries went wrong.")).unwrap();
    assert_eq!(told.subject, "A new sign-in to your account");
}

#[tokio::test]
async fn operators_are_told_of_each_kind_once_in_a_while_m64() {
    let app = TestApp::with(|settings| {
        settings.risk.spike = "20/5m".parse().unwrap();
        settings.set(alerting(|_| {}));
    })
    .await;
    let _ = app.register("alice").await;
    for _ in 0..2 {
        let spent = json!({"refresh_token": app.login("alice").await.refresh});
        let _ = app.post("/api/auth/refresh", spent.clone()).await.expect(200);
        app.advance(Span::minutes(2));
        app.post("/api/auth/refresh", spent).await.refused(401, "REFRESH_TOKEN_REUSED");
    }
    for n in 0..24 {
        let peer = format!("198.51.100.{n}");
        let _ = app.from(&peer).try_login(&format!("user{n}"), "wrong").await;
    }
    let mut told = subjects(&app, OPS).await;
    told.sort();
    assert_eq!(told, ["Alert: failed_logins", "Alert: token_reuse"]);
    let metrics = app.ctx().meters.render();
    assert!(metrics.contains("guardhouse_alerts_total{kind=\"failed_logins\"} 1\n"), "{metrics}");
    assert!(app.audited().await.contains(&"risk.failed_logins".to_owned()));
}

#[test]
fn an_address_that_is_none_is_a_problem_of_the_settings() {
    let mut settings = crate::testing::settings();
    settings.set(alerting(|alerts| alerts.to = vec!["nobody".to_owned()]));
    let mut problems = Vec::new();
    super::super::told::check(&settings, &mut problems);
    assert_eq!(problems.len(), 1);
}

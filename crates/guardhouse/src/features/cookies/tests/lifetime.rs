//! How long a cookie session lives (M-04; ASVS 7.3, 7.2.4).

use guardhouse_core::time::Span;
use serde_json::json;

use crate::testing::{Actor, Answer, PASSWORD, TestApp};

async fn enter(app: &TestApp, remember: bool) -> Answer {
    let body =
        json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie", "remember_me": remember});
    app.post("/api/auth/login", body).await.expect(200)
}

/// Asks, and has the use written as the engine does every few seconds of real time.
async fn status(app: &TestApp, actor: &Actor<'_>) -> u16 {
    let status = actor.get("/api/me").await.status.as_u16();
    crate::kernel::sessions::flush(app.ctx()).await.unwrap();
    status
}

#[tokio::test]
async fn an_idle_cookie_ends_after_a_day_m04_7_3_1() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let answer = enter(&app, false).await;
    let (_, line) = answer.cookie("guardhouse_session").unwrap();
    assert!(!line.contains("Max-Age") && !line.contains("Expires"), "it ends with the browser: {line}");
    let alice = Actor::cookie(&app, &answer);
    for _ in 0..5 {
        app.advance(Span::hours(24));
        assert_eq!(status(&app, &alice).await, 200, "used within the day");
    }
    app.advance(Span::hours(24) + Span::seconds(1));
    let late = alice.get("/api/me").await;
    late.refused(401, "TOKEN_MISSING");
    let (value, line) = late.cookie("guardhouse_session").unwrap();
    assert!(value.is_empty() && line.contains("Max-Age=0"), "the browser forgets it: {line}");
}

#[tokio::test]
async fn a_used_cookie_ends_after_a_week_m04_7_3_2() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let alice = Actor::cookie(&app, &enter(&app, false).await);
    for _ in 0..13 {
        app.advance(Span::hours(12));
        assert_eq!(status(&app, &alice).await, 200);
    }
    app.advance(Span::hours(12));
    assert_eq!(status(&app, &alice).await, 401, "seven days");
}

#[tokio::test]
async fn a_remembered_cookie_lives_thirty_days_however_idle_m04() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let answer = enter(&app, true).await;
    let (_, line) = answer.cookie("guardhouse_session").unwrap();
    assert!(line.contains("Max-Age=2592000"), "{line}");
    let alice = Actor::cookie(&app, &answer);
    app.advance(Span::days(29));
    assert_eq!(status(&app, &alice).await, 200);
    app.advance(Span::days(1));
    assert_eq!(status(&app, &alice).await, 401);
}

/// What another node saw used is not idle, once it is written.
#[tokio::test]
async fn use_on_one_node_counts_on_the_other_m04() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    app.register("alice").await;
    let answer = enter(&app, false).await;
    let (here, there) = (Actor::cookie(&app, &answer), Actor::cookie(&other, &answer));
    assert_eq!(status(&other, &there).await, 200);
    app.advance(Span::hours(20));
    assert_eq!(status(&app, &here).await, 200);
    app.advance(Span::hours(20));
    assert_eq!(status(&other, &there).await, 200);
}

#[tokio::test]
async fn a_step_up_renews_the_cookie_on_every_node_m04_7_2_4() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    app.register("alice").await;
    let answer = enter(&app, false).await;
    let old = Actor::cookie(&app, &answer);
    let old_there = Actor::cookie(&other, &answer);
    assert_eq!((status(&app, &old).await, status(&other, &old_there).await), (200, 200));
    let renewed = old.post("/api/auth/step-up", json!({"password": PASSWORD})).await.expect(200);
    assert_eq!(renewed.json["session_id"], answer.json["session_id"], "the session stays");
    let (fresh, fresh_there) = (Actor::cookie(&app, &renewed), Actor::cookie(&other, &renewed));
    assert_eq!((status(&app, &fresh).await, status(&other, &fresh_there).await), (200, 200), "at once on both");
    assert_eq!(status(&app, &old).await, 401, "at once here");
    other.caught_up().await;
    assert_eq!(status(&other, &old_there).await, 401, "with the change log there");
    assert_eq!(status(&app, &fresh).await, 200);
}

/// Renewal keeps the session and its end.
#[tokio::test]
async fn a_renewal_does_not_prolong_the_login_m04() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let alice = Actor::cookie(&app, &enter(&app, false).await);
    for _ in 0..6 {
        app.advance(Span::days(1));
        let _ = alice.post("/api/auth/refresh", json!({})).await.expect(200);
        crate::kernel::sessions::flush(app.ctx()).await.unwrap();
    }
    app.advance(Span::days(1));
    assert_eq!(status(&app, &alice).await, 401);
}

//! What speed hangs on, counted rather than timed (M-65, rulings 36): hashes and statements.

use serde_json::json;

use crate::testing::{Actor, PASSWORD, TestApp};

#[tokio::test]
async fn a_login_costs_one_hash_and_no_token_any_m65() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let before = app.ctx().hasher.done();
    let _ = app.login("alice").await;
    assert_eq!(app.ctx().hasher.done() - before, 1);
    app.try_login("alice", "wrong horse battery").await.refused(401, "INVALID_CREDENTIALS");
    assert_eq!(app.ctx().hasher.done() - before, 2);
    let _ = app.post("/api/auth/refresh", json!({"refresh_token": alice.login.refresh})).await.expect(200);
    let _ = alice.get("/api/me").await.expect(200);
    assert_eq!(app.ctx().hasher.done() - before, 2);
}

#[tokio::test]
async fn checking_a_token_or_a_session_seen_before_asks_the_database_nothing_m65() {
    let app = TestApp::alone(|_| {}).await;
    let alice = app.actor("alice").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let cookie = Actor::cookie(&app, &app.post("/api/auth/login", body).await.expect(200));
    for (who, what) in [(&alice, "an access token"), (&cookie, "a cookie")] {
        let _ = who.get("/api/me").await.expect(200);
        let before = app.ctx().db.stats();
        for _ in 0..10 {
            let _ = who.get("/api/me").await.expect(200);
        }
        assert_eq!(app.ctx().db.stats(), before, "{what} was looked up");
    }
}

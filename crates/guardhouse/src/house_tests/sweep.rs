//! What is over goes a day later, and not before (M-40).

use guardhouse_core::time::Span;
use serde_json::json;

use crate::{
    assembly,
    testing::{Actor, TestApp},
};

async fn sweep(app: &TestApp) {
    for sweep in assembly::sweeps() {
        (sweep.run)(app.ctx()).await.unwrap();
    }
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    app.rows(sql, vec![]).await[0].int(0).unwrap()
}

const SESSIONS: &str = "select count(*) from sessions";
const GRANTS: &str = "select count(*) from grants";
const CODES: &str = "select count(*) from one_time_codes";
const ATTEMPTS: &str = "select count(*) from attempts";

#[tokio::test]
async fn logins_codes_and_attempts_go_a_day_after_their_end_m40() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let _ = app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await.expect(202);
    app.work().await;
    let _ = app.try_login("alice", "a wrong long passphrase").await.expect(401);
    assert_eq!(count(&app, SESSIONS).await, 1);
    assert_eq!(count(&app, GRANTS).await, 1);
    let codes = count(&app, CODES).await;
    assert!(codes >= 1);
    assert_eq!(count(&app, ATTEMPTS).await, 1);

    app.advance(Span::hours(24));
    sweep(&app).await;
    assert_eq!(count(&app, CODES).await, codes, "a link that ended ten minutes later has its day of grace");
    app.advance(Span::days(1) + Span::minutes(11));
    sweep(&app).await;
    assert_eq!(count(&app, CODES).await, 0);
    assert_eq!(count(&app, ATTEMPTS).await, 0);
    assert_eq!(count(&app, SESSIONS).await, 1, "a live login stays");

    app.advance(Span::days(5));
    sweep(&app).await;
    assert_eq!(count(&app, SESSIONS).await, 1, "over since hours only");
    app.advance(Span::days(1));
    sweep(&app).await;
    assert_eq!((count(&app, SESSIONS).await, count(&app, GRANTS).await), (0, 0));
}

/// What a sweep takes away was worth nothing before.
#[tokio::test]
async fn a_sweep_changes_no_answer_m40() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let bob = app.actor("bob").await;
    let _ = alice.post("/api/auth/logout", json!({})).await.expect(204);
    sweep(&app).await;
    alice.get("/api/me").await.refused(401, "TOKEN_REVOKED");
    let _ = bob.get("/api/me").await.expect(200);
    app.advance(Span::days(9));
    sweep(&app).await;
    let body = json!({"refresh_token": bob.login.refresh});
    app.post("/api/auth/refresh", body).await.refused(401, "INVALID_REFRESH_TOKEN");
    let _ = Actor::bearer(&app, app.login("bob").await).get("/api/me").await.expect(200);
}

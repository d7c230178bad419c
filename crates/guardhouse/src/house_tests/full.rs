//! No room is left for the database (M-39, ASVS 16.5.2): what writes is told to come back and leaves nothing half done,
//! what reads goes on, and with room again all is as before.

use guardhouse_store::{Dialect, Statement, params};
use serde_json::{Value, json};

use crate::{
    kernel::settings::Limit,
    testing::{Answer, PASSWORD, TestApp},
};

const FILL: Statement = Statement { name: "testing::FILL", sql: "insert into filler values (zeroblob($1))" };
const ROOM: u64 = 4 * 1024 * 1024;

/// Takes all the room there is, down to the last page.
async fn fill(app: &TestApp) {
    let _ = app.change("create table filler (content BLOB)", vec![]).await;
    for bytes in [200_000, 20_000, 3_000, 1] {
        let add = || app.ctx().db.execute(&FILL, params![bytes]);
        let mut added = 0;
        while add().await.is_ok() {
            added += 1;
            assert!(added < 20_000, "the database has a limit");
        }
    }
}

/// What fits on pages begun is still written; then every answer is a 503 that tells when to come back.
async fn until_told_to_come_back<F: Future<Output = Answer>>(done: u16, ask: impl Fn(i64) -> F) -> i64 {
    for written in 0..200 {
        let answer = ask(written).await;
        if answer.status.as_u16() != done {
            answer.refused(503, "UNAVAILABLE");
            assert!(answer.header("retry-after").is_some(), "{:?}", answer.headers);
            assert!(!answer.text.to_lowercase().contains("sqlite"), "{}", answer.text);
            return written;
        }
    }
    panic!("the database is not full");
}

fn body(number: i64) -> Value {
    json!({"email": format!("u{number}@example.com"), "password": PASSWORD, "name": "U"})
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    app.rows(sql, vec![]).await[0].int(0).unwrap()
}

#[tokio::test]
async fn a_full_database_is_503_for_what_writes_and_all_is_well_with_room_again_m39_16_5_2() {
    let app = TestApp::with(|settings| {
        settings.database.max_bytes = Some(ROOM);
        settings.limits.register = Limit::OFF;
    })
    .await;
    if app.ctx().db.dialect() == Dialect::Postgres {
        // The limit is of the SQLite file.
        return;
    }
    let alice = app.actor("alice").await;
    fill(&app).await;
    let registered = until_told_to_come_back(201, |number| app.post("/api/auth/register", body(number))).await;
    let mut entered = 1 + registered;
    // More often than a lock takes: a right password that met no room is no failure.
    for _ in 0..8 {
        entered += until_told_to_come_back(200, |_| app.try_login("alice", PASSWORD)).await;
    }
    let _ = alice.get("/api/me").await.expect(200);
    let _ = app.get("/.well-known/jwks.json").await.expect(200);
    for (sql, expected) in [
        ("select count(*) from accounts", 1 + registered),
        ("select count(*) from passwords", 1 + registered),
        ("select count(*) from sessions", entered),
        ("select count(*) from grants", entered),
        ("select count(*) from audit_events where action like 'password.%' and outcome = 'success'", entered),
    ] {
        assert_eq!(count(&app, sql).await, expected, "{sql}");
    }

    let _ = app.change("drop table filler", vec![]).await;
    let _ = app.post("/api/auth/register", body(999)).await.expect(201);
    let _ = app.try_login("alice", PASSWORD).await.expect(200);
    let _ = app.post("/api/auth/refresh", json!({"refresh_token": alice.login.refresh})).await.expect(200);
}

//! What an address costs the database tells nobody whether it has an account (`A17`).

use guardhouse_core::time::Span;
use serde_json::{Value, json};

use crate::{
    kernel::{
        settings::Limit,
        settings::{RegistrationSettings, VerifyEmail},
    },
    testing::{PASSWORD, TestApp},
};

const VERIFY: &str = "/api/auth/email/verify";

/// Nobody but the requests asks the database.
async fn app(verify_email: VerifyEmail) -> TestApp {
    TestApp::alone(|settings| {
        settings.registration = RegistrationSettings { open: true, verify_email };
        settings.limits.login = Limit::OFF;
    })
    .await
}

/// Statements and commits of one call.
async fn cost(app: &TestApp, path: &str, body: Value, status: u16) -> (u64, u64) {
    let before = app.ctx().db.stats();
    let _ = app.post(path, body).await.expect(status);
    let after = app.ctx().db.stats();
    (after.statements - before.statements, after.commits - before.commits)
}

#[tokio::test]
async fn known_and_unknown_addresses_cost_the_same_statements_and_commits_a17() {
    let app = app(VerifyEmail::Optional).await;
    for name in ["alice", "bob"] {
        app.register(name).await;
    }
    let calls = [
        ("/api/auth/login", json!({"password": "a wrong long passphrase"}), 401),
        ("/api/auth/password/forgot", json!({}), 202),
        ("/api/auth/email/resend", json!({}), 202),
        (VERIFY, json!({"code": "000000"}), 400),
    ];
    for (path, mut body, status) in calls {
        let mut costs = Vec::new();
        // Bob has a code that waits, as Alice has none any more; nobody knows Carol.
        app.change("delete from one_time_codes where email = 'alice@example.com'", vec![]).await;
        for name in ["alice", "bob", "carol"] {
            body["email"] = format!("{name}@example.com").into();
            costs.push(cost(&app, path, body.clone(), status).await);
        }
        assert!(costs.iter().all(|cost| *cost == costs[0]), "{path}: {costs:?}");
    }
}

#[tokio::test]
async fn a_lock_and_the_way_to_it_cost_the_same_a17() {
    let app = app(VerifyEmail::Optional).await;
    app.register("alice").await;
    for (path, wrong, status) in [("/api/auth/login", "password", 401), (VERIFY, "code", 400)] {
        let mut costs = Vec::new();
        for name in ["alice", "nobody"] {
            let mut body = json!({"email": format!("{name}@example.com")});
            body[wrong] = "000000".into();
            let mut seen = Vec::new();
            for attempt in 0..7 {
                let status = if attempt < 5 { status } else { 423 };
                seen.push(cost(&app, path, body.clone(), status).await);
            }
            costs.push(seen);
        }
        assert_eq!(costs[0], costs[1], "{path}");
    }
}

#[tokio::test]
async fn registering_a_taken_address_costs_the_same_where_addresses_are_verified_a17() {
    let app = app(VerifyEmail::Required).await;
    let body = |name: &str| json!({"email": format!("{name}@example.com"), "password": PASSWORD, "name": "A"});
    let _ = app.post("/api/auth/register", body("alice")).await.expect(202);
    let token = app.mailed_token("alice").await;
    let _ = app.post(VERIFY, json!({"token": token, "password": PASSWORD})).await.expect(204);
    app.advance(Span::seconds(1));
    let mut costs = Vec::new();
    for name in ["alice", "nobody"] {
        costs.push(cost(&app, "/api/auth/register", body(name), 202).await);
    }
    assert_eq!(costs[0], costs[1]);
}

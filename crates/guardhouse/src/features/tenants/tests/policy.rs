//! What a tenant asks of whoever acts in it.

use guardhouse_core::time::Span;
use serde_json::{Value, json};

use super::{claims, id, inside, member, path, switch, tenant};
use crate::testing::{Actor, Login, PASSWORD, TestApp};

async fn asks(admin: &Actor<'_>, of: &Value, policy: Value) {
    let _ = admin.patch(&path(of, ""), json!({"policy": policy})).await.expect(200);
}

/// Credentials that are out meet it from the next request on.
#[tokio::test]
async fn a_tightened_policy_holds_at_the_next_request_m25() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let alice = member(&app, &admin, &acme, "alice", "admin").await;
    for policy in [json!({"require_mfa": true}), json!({"sign_in_methods": ["hwk"]})] {
        let within = inside(&app, &alice, &acme).await;
        let there = Actor::bearer(&node, within.login.clone());
        let _ = within.get("/api/me").await.expect(200);
        let _ = there.get("/api/me").await.expect(200);
        asks(&admin, &acme, policy).await;
        within.get("/api/me").await.refused(401, "STEP_UP_REQUIRED");
        // Whoever acts in no tenant reaches into it no further.
        alice.get(&path(&acme, "")).await.refused(401, "STEP_UP_REQUIRED");
        switch(&alice, id(&acme)).await.refused(401, "STEP_UP_REQUIRED");
        node.caught_up().await;
        there.get("/api/me").await.refused(401, "STEP_UP_REQUIRED");
        let refresh = json!({"refresh_token": within.login.refresh});
        app.post("/api/auth/refresh", refresh).await.refused(401, "STEP_UP_REQUIRED");
        let login = json!({"email": "alice@example.com", "password": PASSWORD, "tenant": "acme"});
        app.post("/api/auth/login", login).await.refused(401, "STEP_UP_REQUIRED");
        // The same proof again is no better one, and costs no attempt; leaving the tenant works.
        for _ in 0..6 {
            let again = within.post("/api/auth/step-up", json!({"password": PASSWORD})).await;
            again.refused(401, "STEP_UP_REQUIRED");
        }
        let _ = switch(&within, "none").await.expect(200);
        let _ = alice.get("/api/me").await.expect(200);
        asks(&admin, &acme, json!({})).await;
        node.caught_up().await;
        let _ = within.get("/api/me").await.expect(200);
    }
}

#[tokio::test]
async fn a_tenant_bounds_how_old_a_proof_may_be_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let alice = member(&app, &admin, &acme, "alice", "member").await;
    asks(&admin, &acme, json!({"session_length": "10m", "sign_in_methods": ["pwd"]})).await;
    let within = inside(&app, &alice, &acme).await;
    let said = claims(&within.login.access);
    assert_eq!(said["exp"].as_i64().unwrap() - said["auth_time"].as_i64().unwrap(), 600, "no token outlives it");
    app.advance(Span::minutes(9));
    let _ = within.get("/api/me").await.expect(200);
    let again = within.post("/api/auth/step-up", json!({"password": PASSWORD})).await.expect(200);
    let again = Actor::bearer(&app, Login::read(&again));
    app.advance(Span::minutes(9));
    let _ = again.get("/api/me").await.expect(200);
    app.advance(Span::minutes(1));
    let refresh = json!({"refresh_token": again.login.refresh});
    app.post("/api/auth/refresh", refresh).await.refused(401, "STEP_UP_REQUIRED");
}

/// A cookie that must prove more is no cookie to clear.
#[tokio::test]
async fn a_cookie_session_may_prove_more_or_leave_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    member(&app, &admin, &acme, "alice", "member").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie", "tenant": "acme"});
    let within = Actor::cookie(&app, &app.post("/api/auth/login", body).await.expect(200));
    asks(&admin, &acme, json!({"session_length": "5m"})).await;
    app.advance(Span::minutes(6));
    let refused = within.get("/api/me").await;
    refused.refused(401, "STEP_UP_REQUIRED");
    assert!(refused.cookie("guardhouse_session").is_none());
    within.post("/api/auth/refresh", json!({})).await.refused(401, "STEP_UP_REQUIRED");
    let again = within.post("/api/auth/step-up", json!({"password": PASSWORD})).await.expect(200);
    let within = Actor::cookie(&app, &again);
    let _ = within.get("/api/me").await.expect(200);
    app.advance(Span::minutes(6));
    let out = Actor::cookie(&app, &switch(&within, "none").await.expect(200));
    let _ = out.get("/api/me").await.expect(200);
}

#[tokio::test]
async fn nobody_locks_themselves_out_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let owner = member(&app, &admin, &acme, "owner", "owner").await;
    let policy = json!({"policy": {"require_mfa": true}});
    owner.patch(&path(&acme, ""), policy.clone()).await.refused(409, "CONFLICT");
    let changed = admin.patch(&path(&acme, ""), policy).await.expect(200).json;
    assert_eq!(changed["policy"]["require_mfa"], true);
    let _ = admin.get(&path(&acme, "")).await.expect(200);
}

//! As a caller would: enrol, sign in with a code, try it twice.

use axum::body::Body;
use guardhouse_core::{secret::SecretText, time::Span};
use http::Method;
use serde_json::json;

use crate::{
    kernel::keys,
    testing::{Actor, Login, PASSWORD, TestApp},
};

#[tokio::test]
async fn a_login_with_an_application_needs_its_code_m09_6_3_3() {
    let app = TestApp::new().await;
    let alice = app.enrolled("alice").await;
    assert_eq!(alice.actor.login.user["mfa_enabled"], true);
    let refused = app.try_login("alice", PASSWORD).await;
    refused.refused(401, "MFA_REQUIRED");
    assert_eq!(refused.json["error"]["methods"], json!(["totp", "recovery_code"]));
    assert_eq!(refused.json["error"]["expires_in"], 300);
    let ticket = refused.json["error"]["mfa_token"].as_str().unwrap();
    assert!(ticket.starts_with("gdc_"));
    // The ticket signs nobody in (`J12`).
    let request = app.request(http::Method::GET, "/api/me").header("authorization", format!("Bearer {ticket}"));
    app.send(request.body(axum::body::Body::empty()).unwrap()).await.refused(401, "INVALID_TOKEN");
    let again = app.answer(ticket, "totp", &alice.application.code(&app)).await.expect(200);
    let me = Actor::bearer(&app, Login::read(&again));
    assert_eq!(me.get("/api/me").await.expect(200).json["mfa_enabled"], true);
    // A ticket is for one login.
    app.advance(Span::minutes(1));
    app.answer(ticket, "totp", &alice.application.code(&app)).await.refused(401, "INVALID_TOKEN");
    let actions = app.audited().await;
    for action in ["totp.enrolled", "mfa.asked", "mfa.login"] {
        assert!(actions.iter().any(|one| one == action), "{action} in {actions:?}");
    }
}

#[tokio::test]
async fn a_code_counts_once_however_it_is_written_and_on_whichever_node_a8_6_5_1() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let alice = app.enrolled("alice").await;
    let code = alice.application.code(&app);
    let wide: String = code.chars().map(|c| char::from_u32(u32::from(c) - 0x30 + 0xff10).unwrap()).collect();
    let (here, there) = (app.ticket("alice").await, node.ticket("alice").await);
    let (one, other) = tokio::join!(app.answer(&here, "totp", &code), node.answer(&there, "totp", &code));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401], "{} {}", one.text, other.text);
    for again in [code.clone(), format!(" {} {}", &code[..3], &code[3..]), wide] {
        let ticket = app.ticket("alice").await;
        app.answer(&ticket, "totp", &again).await.refused(401, "INVALID_MFA_CODE");
    }
    // Nor does one of a step before: whoever saw it over a shoulder comes too late.
    app.advance(Span::seconds(30));
    let late = alice.application.code(&app);
    app.advance(Span::seconds(30));
    let ticket = app.ticket("alice").await;
    let _ = app.answer(&ticket, "totp", &alice.application.code(&app)).await.expect(200);
    let ticket = app.ticket("alice").await;
    app.answer(&ticket, "totp", &late).await.refused(401, "INVALID_MFA_CODE");
}

#[tokio::test]
async fn the_clock_of_the_server_counts_and_no_other_6_5_8() {
    let app = TestApp::new().await;
    let alice = app.enrolled("alice").await;
    let early = app.ticket("alice").await;
    app.advance(Span::minutes(10));
    let (later, told) = (alice.application.code(&app), app.ctx().now());
    app.advance(Span::minutes(-10));
    let body = json!({"mfa_token": early, "method": "totp", "code": later});
    let request = app.request(Method::POST, "/api/auth/mfa/verify").header("content-type", "application/json");
    let request = request.header("date", told.to_string()).header("x-date", told.to_string());
    app.send(request.body(Body::from(body.to_string())).unwrap()).await.refused(401, "INVALID_MFA_CODE");
    let timed = json!({"mfa_token": early, "method": "totp", "code": later, "now": told.to_string()});
    app.post("/api/auth/mfa/verify", timed).await.refused(400, "VALIDATION_FAILED");
}

#[tokio::test]
async fn guesses_end_the_login_and_then_lock_the_factor_a3_a4() {
    let app = TestApp::with(|settings| settings.lockout.attempts = 8).await;
    let alice = app.enrolled("alice").await;
    let ticket = app.ticket("alice").await;
    for _ in 0..5 {
        app.answer(&ticket, "totp", "000000").await.refused(401, "INVALID_MFA_CODE");
    }
    // The sixth answer is not looked at, right as it is.
    app.answer(&ticket, "totp", &alice.application.code(&app)).await.refused(401, "INVALID_TOKEN");
    let ticket = app.ticket("alice").await;
    for _ in 0..2 {
        app.answer(&ticket, "totp", "000000").await.refused(401, "INVALID_MFA_CODE");
    }
    // New tickets give no new tries, and neither does a restart.
    let app = app.restarted().await;
    let code = {
        let ticket = app.ticket("alice").await;
        app.answer(&ticket, "totp", "000000").await.refused(423, "ACCOUNT_LOCKED");
        alice_code(&app).await
    };
    let ticket = app.ticket("alice").await;
    app.answer(&ticket, "totp", &code).await.refused(423, "ACCOUNT_LOCKED");
}

/// A code of alice's application as the database has it.
async fn alice_code(app: &TestApp) -> String {
    let rows = app.rows("select account_id, secret from totp_secrets", vec![]).await;
    let context = [b"totp_secrets/".as_slice(), &rows[0].id16(0).unwrap()].concat();
    let secret = app.ctx().ring.open(&context, rows[0].slice(1).unwrap()).unwrap();
    guardhouse_core::otp::Shared::from_bytes(secret.to_vec().into()).code_at(app.ctx().now()).unwrap()
}

#[tokio::test]
async fn enrolling_asks_for_a_proof_and_a_right_code_7_5_1() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    app.advance(Span::minutes(6));
    alice.post("/api/me/mfa/totp", json!({})).await.refused(401, "STEP_UP_REQUIRED");
    alice.post("/api/me/mfa/totp", json!({"current_password": "wrong"})).await.refused(401, "INVALID_CREDENTIALS");
    alice.post("/api/me/mfa/totp/confirm", json!({"code": "000000"})).await.refused(409, "CONFLICT");
    let begun = alice.post("/api/me/mfa/totp", json!({"current_password": PASSWORD})).await.expect(200).json;
    let uri = begun["otpauth_uri"].as_str().unwrap();
    let site = format!("localhost%208700{}", app.ctx().links.mount().replace('/', "%2F"));
    assert!(uri.starts_with(&format!("otpauth://totp/{site}:alice%40example.com?")), "{uri}");
    assert!(uri.contains(begun["secret"].as_str().unwrap()), "{uri}");
    assert!(begun["qr"].as_str().unwrap().starts_with("data:image/svg+xml;base64,"));
    alice.post("/api/me/mfa/totp/confirm", json!({"code": "000000"})).await.refused(401, "INVALID_MFA_CODE");
    alice.post("/api/me/mfa/totp/confirm", json!({})).await.refused(400, "VALIDATION_FAILED");
    // Nothing counts before: the password alone still signs in.
    let _ = app.login("alice").await;
    app.advance(Span::minutes(15));
    let late = crate::testing::Application::took(&begun).code(&app);
    let alice = Actor::bearer(&app, app.login("alice").await);
    alice.post("/api/me/mfa/totp/confirm", json!({"code": late})).await.refused(409, "CONFLICT");
    let alice = app.enrol(&alice).await;
    alice.actor.post("/api/me/mfa/totp", json!({"current_password": PASSWORD})).await.refused(409, "CONFLICT");
    let letters = app.letters().await;
    assert!(letters.iter().any(|letter| letter.subject == "A second factor was added"), "6.3.7");
}

#[tokio::test]
async fn a_factor_is_removed_by_its_owner_with_a_proof_of_both_6_5_6_7_5_3_a6() {
    let app = TestApp::new().await;
    let old = app.actor("alice").await;
    let alice = app.enrol(&Actor::bearer(&app, app.login("alice").await)).await;
    // A session from before, with the password alone, is no proof of both.
    let removal = json!({"current_password": PASSWORD});
    old.delete("/api/me/mfa/totp", removal.clone()).await.refused(401, "STEP_UP_REQUIRED");
    old.delete("/api/me", removal.clone()).await.refused(401, "STEP_UP_REQUIRED");
    let body = json!({"method": "totp", "code": alice.application.code(&app)});
    let proved = old.post("/api/auth/step-up", body).await.expect(200);
    let old = Actor::bearer(&app, Login::read(&proved));
    let _ = old.delete("/api/me/mfa/totp", json!({})).await.expect(204);
    old.delete("/api/me/mfa/totp", json!({})).await.refused(404, "NOT_FOUND");
    assert_eq!(app.login("alice").await.user["mfa_enabled"], false);
    let letters = app.letters().await;
    assert!(letters.iter().any(|letter| letter.subject == "A second factor was removed"), "6.3.7");
    let _ = app.enrol(&old).await;
}

#[tokio::test]
async fn a_secret_that_was_never_confirmed_is_swept_m40() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let _ = alice.post("/api/me/mfa/totp", json!({"current_password": PASSWORD})).await.expect(200);
    let _ = app.enrolled("bob").await;
    app.advance(Span::days(2));
    (super::enrol::SWEEP.run)(app.ctx()).await.unwrap();
    assert_eq!(app.rows("select 1 from totp_secrets", vec![]).await.len(), 1);
}

#[tokio::test]
async fn an_application_outlives_the_master_key_that_sealed_its_secret_m38() {
    const NEW: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let app = TestApp::new().await;
    let alice = app.enrolled("alice").await;
    let both = app.another_node_with(|settings| settings.master_key.insert(0, SecretText::new(NEW))).await;
    let counted = keys::master_keys(both.ctx()).await.unwrap();
    assert_eq!(counted.iter().map(|key| key.factors).collect::<Vec<_>>(), [0, 1]);
    keys::reseal(both.ctx()).await.unwrap();
    let counted = keys::master_keys(both.ctx()).await.unwrap();
    assert_eq!(counted.iter().map(|key| key.factors).collect::<Vec<_>>(), [1, 0]);
    let after = both.another_node_with(|settings| settings.master_key.truncate(1)).await;
    let ticket = after.ticket("alice").await;
    let _ = after.answer(&ticket, "totp", &alice.application.code(&after)).await.expect(200);
}

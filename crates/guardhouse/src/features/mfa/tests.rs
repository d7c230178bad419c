//! Policy, recovery, remembered devices, and every path that ends in a login tried without the factor.

use axum::body::Body;
use futures_util::future::join_all;
use guardhouse_core::time::Span;
use http::Method;
use serde_json::{Value, json};

use super::reset;
use crate::{
    features::basic,
    kernel::settings::{Limit, MfaPolicy},
    testing::{Actor, Answer, Enrolled, Login, PASSWORD, TestApp},
};

#[tokio::test]
async fn a_recovery_code_stands_in_once_and_its_owner_is_told_m09_6_5_1_6_3_7() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let alice = app.enrolled("alice").await;
    let code = &alice.recovery_codes[3];
    let typed = code.to_lowercase().replace('-', " ");
    let (here, there) = (app.ticket("alice").await, node.ticket("alice").await);
    let (one, other) =
        tokio::join!(app.answer(&here, "recovery_code", code), node.answer(&there, "recovery_code", &typed));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401], "{} {}", one.text, other.text);
    let shown = alice.actor.get("/api/me/mfa").await.expect(200).json;
    assert_eq!((&shown["recovery_codes_left"], &shown["enabled"]), (&json!(9), &json!(true)));
    assert!(app.letters().await.iter().any(|letter| letter.subject == "A recovery code was used"));
    // New ones void the old.
    let renewed = alice.actor.post("/api/me/mfa/recovery-codes", json!({})).await.expect(200).json;
    assert_eq!(renewed["recovery_codes"].as_array().unwrap().len(), 10);
    let ticket = app.ticket("alice").await;
    app.answer(&ticket, "recovery_code", &alice.recovery_codes[0]).await.refused(401, "INVALID_MFA_CODE");
    let fresh = renewed["recovery_codes"][0].as_str().unwrap();
    let _ = app.answer(&ticket, "recovery_code", fresh).await.expect(200);
    // Another's are nobody else's.
    let bob = app.enrolled("bob").await;
    let ticket = app.ticket("alice").await;
    app.answer(&ticket, "recovery_code", &bob.recovery_codes[0]).await.refused(401, "INVALID_MFA_CODE");
    app.answer(&ticket, "sms", "1").await.refused(400, "VALIDATION_FAILED");
}

/// With at least 112 bits a digest without a salt keeps them, which a password hash would have to do else.
#[tokio::test]
async fn recovery_codes_are_random_beyond_guessing_and_kept_as_digests_6_5_2_6_5_3() {
    let app = TestApp::new().await;
    let mut seen = std::collections::BTreeSet::new();
    for name in ["alice", "bob", "carol"] {
        for code in app.enrolled(name).await.recovery_codes {
            let letters = code.chars().filter(char::is_ascii_alphanumeric).count();
            assert!(letters * 5 >= 112, "{code}");
            assert!(seen.insert(code), "no code comes twice");
        }
    }
    let drawn: std::collections::BTreeSet<char> = seen.iter().flat_map(|code| code.chars()).collect();
    assert_eq!(drawn.len(), 33, "all 32 letters come up in 720, and the hyphen");
    let kept = app.rows("select digest from recovery_codes", vec![]).await;
    assert_eq!(kept.len(), seen.len());
    assert!(kept.iter().all(|row| row.slice(0).unwrap().len() == 32));
}

#[tokio::test]
async fn who_has_no_factor_has_no_recovery_codes_6_4_4() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    alice.post("/api/me/mfa/recovery-codes", json!({})).await.refused(409, "CONFLICT");
    let shown = alice.get("/api/me/mfa").await.expect(200).json;
    assert_eq!((&shown["methods"], &shown["factors"]), (&json!([]), &json!([])));
    alice
        .post("/api/auth/step-up", json!({"method": "recovery_code", "code": "x"}))
        .await
        .refused(401, "INVALID_MFA_CODE");
    alice.post("/api/auth/step-up", json!({})).await.refused(400, "VALIDATION_FAILED");
}

#[tokio::test]
async fn of_many_who_use_a_recovery_code_at_once_one_comes_in_6_5_1_a3() {
    let app = TestApp::with(|settings| {
        settings.lockout.attempts = 50;
        settings.limits.login = Limit::OFF;
    })
    .await;
    let node = app.another_node().await;
    let alice = app.enrolled("alice").await;
    for code in &alice.recovery_codes[..4] {
        let mut tickets = Vec::new();
        for _ in 0..8 {
            tickets.push(app.ticket("alice").await);
        }
        let tries = tickets.iter().enumerate().map(|(n, ticket)| {
            let at = if n % 2 == 0 { &app } else { &node };
            at.answer(ticket, "recovery_code", code)
        });
        let answers = join_all(tries).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    }
}

/// Every way in, with the first factor alone.
#[tokio::test]
async fn no_path_to_a_login_goes_around_the_factor_a6_6_3_4_6_4_3() {
    let app = TestApp::with(|settings| settings.set(basic::BasicSettings { user_passwords: true })).await;
    let alice = app.actor("alice").await;
    let token = app.mailed_token("alice").await;
    let _ = app.post("/api/auth/email/verify", json!({"token": token})).await.expect(204);
    let alice = app.enrol(&alice).await;
    app.try_login("alice", PASSWORD).await.refused(401, "MFA_REQUIRED");
    let cookie = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie", "remember_me": true});
    let refused = app.post("/api/auth/login", cookie).await;
    refused.refused(401, "MFA_REQUIRED");
    assert!(refused.cookie("guardhouse_session").is_none());
    // A new password by mail signs nobody in, and the login after it asks all the same.
    let _ = app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await.expect(202);
    let token = app.mailed_token("alice").await;
    let waiting = app.ticket("alice").await;
    let new = "another fine passphrase";
    let _ = app.post("/api/auth/password/reset", json!({"token": token, "password": new})).await.expect(204);
    app.try_login("alice", new).await.refused(401, "MFA_REQUIRED");
    // What waited since before the new password is over.
    app.answer(&waiting, "totp", &alice.application.code(&app)).await.refused(401, "INVALID_TOKEN");
    let basic = data_encoding::BASE64.encode(format!("alice@example.com:{new}").as_bytes());
    let request = app.request(Method::GET, "/api/me").header("authorization", format!("Basic {basic}"));
    app.send(request.body(Body::empty()).unwrap()).await.refused(401, "MFA_REQUIRED");
    // Refreshing carries on what was proved, and adds nothing.
    assert_eq!(claims(&alice.actor.login.access)["amr"], json!(["otp", "pwd", "mfa"]));
}

fn claims(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(body.as_bytes()).unwrap()).unwrap()
}

async fn remembered(app: &TestApp, alice: &Enrolled<'_>) -> (Answer, String) {
    let body = json!({"mfa_token": app.ticket("alice").await, "method": "totp", "code": alice.application.code(app),
        "remember_device": true});
    let answer = app.post("/api/auth/mfa/verify", body).await.expect(200);
    let (mark, _) = answer.cookie("guardhouse_device").unwrap();
    (answer, mark)
}

async fn login_from(app: &TestApp, mark: &str, body: Value) -> Answer {
    let request = app.request(Method::POST, "/api/auth/login").header("content-type", "application/json");
    let request = request.header("cookie", format!("guardhouse_device={mark}"));
    app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn a_remembered_device_is_let_off_until_its_end_and_never_where_a_factor_is_required_m09_a6() {
    let app = TestApp::new().await;
    let alice = app.enrolled("alice").await;
    let (_, mark) = remembered(&app, &alice).await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD});
    let let_off = login_from(&app, &mark, body.clone()).await.expect(200);
    let session = Actor::bearer(&app, Login::read(&let_off));
    assert_eq!(claims(&session.login.access)["amr"], json!(["pwd"]));
    // It is let off the login, not the proof that sensitive acts ask for.
    session.delete("/api/me/mfa/totp", json!({"current_password": PASSWORD})).await.refused(401, "STEP_UP_REQUIRED");
    // Another's mark, and none.
    let _ = app.enrolled("bob").await;
    let bob = json!({"email": "bob@example.com", "password": PASSWORD});
    login_from(&app, &mark, bob).await.refused(401, "MFA_REQUIRED");
    app.try_login("alice", PASSWORD).await.refused(401, "MFA_REQUIRED");
    let (mark, _) = let_off.cookie("guardhouse_device").unwrap();
    app.advance(Span::days(29));
    let kept = login_from(&app, &mark, body.clone()).await.expect(200);
    let (mark, _) = kept.cookie("guardhouse_device").unwrap();
    app.advance(Span::days(2));
    // Using it does not prolong it.
    login_from(&app, &mark, body.clone()).await.refused(401, "MFA_REQUIRED");
    let (_, mark) = remembered(&app, &alice).await;
    let _ = login_from(&app, &mark, body.clone()).await.expect(200);
    // A factor that goes voids it.
    let code = alice.recovery_codes[0].clone();
    let entered = app.answer(&app.ticket("alice").await, "recovery_code", &code).await.expect(200);
    let entered = Actor::bearer(&app, Login::read(&entered));
    let _ = entered.delete("/api/me/mfa/totp", json!({})).await.expect(204);
    let again = app.enrol(&entered).await;
    login_from(&app, &mark, body.clone()).await.refused(401, "MFA_REQUIRED");
    drop(again);
}

#[tokio::test]
async fn a_remembered_device_counts_for_nothing_where_the_server_requires_a_factor_a6() {
    let app = TestApp::with(|settings| settings.mfa.policy = MfaPolicy::Required).await;
    let alice = app.enrolled("alice").await;
    let (_, mark) = remembered(&app, &alice).await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD});
    login_from(&app, &mark, body).await.refused(401, "MFA_REQUIRED");
}

#[tokio::test]
async fn where_a_factor_is_required_people_are_led_to_enrol_one_m09_6_3_3() {
    let app = TestApp::with(|settings| settings.mfa.policy = MfaPolicy::Required).await;
    let alice = app.actor("alice").await;
    let refused = alice.get("/api/me").await;
    refused.refused(401, "STEP_UP_REQUIRED");
    assert_eq!(refused.json["error"]["enroll"], "/api/me/mfa");
    assert_eq!(alice.get("/api/me/mfa").await.expect(200).json["required"], true);
    alice.post("/api/me/api-keys", json!({"name": "x", "scopes": []})).await.refused(401, "STEP_UP_REQUIRED");
    // The password again is no second factor.
    let again = alice.post("/api/auth/step-up", json!({"password": PASSWORD})).await.expect(200);
    Actor::bearer(&app, Login::read(&again)).get("/api/me").await.refused(401, "STEP_UP_REQUIRED");
    let alice = app.enrol(&alice).await;
    let _ = alice.actor.get("/api/me").await.expect(200);
    let refreshed =
        app.post("/api/auth/refresh", json!({"refresh_token": alice.actor.login.refresh})).await.expect(200);
    let _ = Actor::bearer(&app, Login::read(&refreshed)).get("/api/me").await.expect(200);
}

#[tokio::test]
async fn a_role_may_require_a_factor_m09() {
    let app = TestApp::with(|settings| settings.mfa.required_roles = vec!["admin".to_owned()]).await;
    let (admin, alice) = (app.admin().await, app.actor("alice").await);
    admin.get("/api/admin/users").await.refused(401, "STEP_UP_REQUIRED");
    let _ = alice.get("/api/me").await.expect(200);
    let admin = app.enrol(&admin).await;
    let _ = admin.actor.get("/api/admin/users").await.expect(200);
}

#[tokio::test]
async fn a_tenant_that_requires_a_factor_lets_its_members_enrol_and_come_in_m09_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = admin.post("/api/admin/tenants", json!({"name": "Acme", "slug": "acme"})).await.expect(201).json;
    let alice = app.actor("alice").await;
    let path = format!("/api/admin/tenants/{}", acme["id"].as_str().unwrap());
    let member = json!({"user_id": alice.login.user["id"], "role": "member"});
    let _ = admin.post(&format!("{path}/members"), member).await.expect(201);
    let _ = admin.patch(&path, json!({"policy": {"require_mfa": true}})).await.expect(200);
    let into = json!({"email": "alice@example.com", "password": PASSWORD, "tenant": "acme"});
    app.post("/api/auth/login", into.clone()).await.refused(401, "STEP_UP_REQUIRED");
    let alice = app.enrol(&alice).await;
    let refused = app.post("/api/auth/login", into).await;
    refused.refused(401, "MFA_REQUIRED");
    let ticket = refused.json["error"]["mfa_token"].as_str().unwrap();
    let entered = app.answer(ticket, "totp", &alice.application.code(&app)).await.expect(200);
    let said = claims(&Login::read(&entered).access);
    assert_eq!((&said["tenant_id"], &said["acr"]), (&acme["id"], &json!("aal2")));
}

#[tokio::test]
async fn who_is_disabled_meanwhile_does_not_come_in_a15() {
    let app = TestApp::new().await;
    let (admin, alice) = (app.admin().await, app.enrolled("alice").await);
    let ticket = app.ticket("alice").await;
    let user = format!("/api/admin/users/{}", alice.actor.login.user["id"].as_str().unwrap());
    let _ = admin.post(&format!("{user}/disable"), json!({})).await.expect(200);
    let answer = app.answer(&ticket, "totp", &alice.application.code(&app)).await;
    assert!([401, 403].contains(&answer.status.as_u16()), "{}", answer.text);
}

#[tokio::test]
async fn an_administrator_removes_lost_factors_after_a_wait_that_the_owner_can_stop_6_4_4() {
    let app = TestApp::new().await;
    let (admin, alice) = (app.admin().await, app.enrolled("alice").await);
    let user = format!("/api/admin/users/{}/mfa", alice.actor.login.user["id"].as_str().unwrap());
    let reset = format!("{user}/reset");
    let asked = admin.post(&reset, json!({})).await.expect(202).json;
    assert_eq!(admin.post(&reset, json!({})).await.expect(202).json, asked, "the first time stands");
    assert!(app.letters().await.iter().any(|letter| letter.subject == "Your second factors are going to be removed"));
    assert_eq!(alice.actor.get("/api/me/mfa").await.expect(200).json["reset_at"], asked["reset_at"]);
    let _ = alice.actor.delete("/api/me/mfa/reset", json!({})).await.expect(204);
    alice.actor.delete("/api/me/mfa/reset", json!({})).await.refused(404, "NOT_FOUND");
    app.advance(Span::days(2));
    reset::due(app.ctx()).await.unwrap();
    app.try_login("alice", PASSWORD).await.refused(401, "MFA_REQUIRED");
    let admin = Actor::bearer(&app, app.login("admin").await);
    let _ = admin.post(&reset, json!({})).await.expect(202);
    let _ = admin.delete(&reset, json!({})).await.expect(204);
    let _ = admin.post(&reset, json!({})).await.expect(202);
    app.advance(Span::hours(23));
    reset::due(app.ctx()).await.unwrap();
    app.try_login("alice", PASSWORD).await.refused(401, "MFA_REQUIRED");
    app.advance(Span::hours(2));
    let body =
        json!({"mfa_token": app.ticket("alice").await, "method": "recovery_code", "code": alice.recovery_codes[0]});
    let live = Login::read(&app.post("/api/auth/mfa/verify", body).await.expect(200));
    reset::due(app.ctx()).await.unwrap();
    Actor::bearer(&app, live).get("/api/me").await.refused(401, "TOKEN_REVOKED");
    assert_eq!(app.login("alice").await.user["mfa_enabled"], false);
    let admin = Actor::bearer(&app, app.login("admin").await);
    admin.post(&reset, json!({})).await.refused(409, "CONFLICT");
    assert_eq!(admin.get(&user).await.expect(200).json["recovery_codes_left"], 0);
    assert!(app.letters().await.iter().any(|letter| letter.subject == "Your second factors were removed"));
}

#[tokio::test]
async fn where_factors_are_off_nobody_enrols_and_who_did_is_still_asked_m09() {
    let app = TestApp::with(|settings| settings.mfa.policy = MfaPolicy::Off).await;
    let alice = app.actor("alice").await;
    alice.post("/api/me/mfa/totp", json!({"current_password": PASSWORD})).await.refused(403, "FORBIDDEN");
    assert_eq!(alice.get("/api/me/mfa").await.expect(200).json["available"], json!([]));
}

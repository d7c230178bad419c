//! As a caller would: ask, open, sign in, try again.

use futures_util::future::join_all;
use guardhouse_core::time::Span;
use http::Method;
use serde_json::{Value, json};

use super::MagicLinkSettings;
use crate::testing::{Actor, Answer, Browser, Login, PASSWORD, TestApp, hidden};

async fn asked(app: &TestApp, name: &str) -> String {
    let _ = app.post("/api/auth/magic-link", json!({"email": format!("{name}@example.com")})).await.expect(202);
    let to = format!("{name}@example.com");
    let mut links = app.letters().await.into_iter().filter(|letter| letter.to == to && letter.subject == SUBJECT);
    let letter = links.next().unwrap();
    letter.text.split_once("token=").unwrap().1.split_whitespace().next().unwrap().to_owned()
}

const SUBJECT: &str = "Your link to sign in";

async fn verified(app: &TestApp, name: &str) {
    let _ = app.register(name).await;
    let token = app.mailed_token(name).await;
    let _ = app.post("/api/auth/email/verify", json!({"token": token})).await.expect(204);
}

async fn enter(app: &TestApp, token: &str) -> Answer {
    app.post("/api/auth/magic-link/verify", json!({"token": token})).await
}

#[tokio::test]
async fn a_link_signs_in_once_a22() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    verified(&app, "alice").await;
    let token = asked(&app, "alice").await;
    let tries = (0..6).map(|n| enter(if n % 2 == 0 { &app } else { &node }, &token));
    let answers = join_all(tries).await;
    let entered: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(entered.len(), 1);
    assert!(answers.iter().all(|answer| [200, 400].contains(&answer.status.as_u16())));
    let alice = Actor::bearer(&app, Login::read(entered[0]));
    let _ = alice.get("/api/me").await.expect(200);
    enter(&app, &token).await.refused(400, "INVALID_LINK");
    // The password is still there: the address was shown before.
    let _ = app.login("alice").await;
}

#[tokio::test]
async fn a_link_ends_by_time_by_a_newer_one_and_by_a_new_password_a22() {
    let app = TestApp::new().await;
    verified(&app, "alice").await;
    let old = asked(&app, "alice").await;
    app.advance(Span::seconds(1));
    let new = asked(&app, "alice").await;
    enter(&app, &old).await.refused(400, "INVALID_LINK");
    app.advance(Span::minutes(11));
    enter(&app, &new).await.refused(400, "INVALID_LINK");
    let token = asked(&app, "alice").await;
    let alice = Actor::bearer(&app, app.login("alice").await);
    let body = json!({"current_password": PASSWORD, "new_password": "another fine passphrase"});
    let _ = alice.post("/api/me/password", body).await.expect(204);
    enter(&app, &token).await.refused(400, "INVALID_LINK");
    for token in ["", "gdc_", "x"] {
        assert_eq!(enter(&app, token).await.status, 400);
    }
}

#[tokio::test]
async fn the_answer_is_alike_for_every_address_a17() {
    let app = TestApp::new().await;
    verified(&app, "alice").await;
    let mut answers = Vec::new();
    for email in ["alice@example.com", "nobody@example.com"] {
        answers.push(app.post("/api/auth/magic-link", json!({"email": email})).await.expect(202));
    }
    let shown = |answer: &Answer| {
        let names: Vec<_> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
        (answer.text.clone(), names)
    };
    assert_eq!(shown(&answers[0]), shown(&answers[1]));
    assert!(app.letters().await.iter().all(|letter| letter.to != "nobody@example.com"));
    for _ in 0..4 {
        let _ = app.post("/api/auth/magic-link", json!({"email": "nobody@example.com"})).await.expect(202);
    }
    app.post("/api/auth/magic-link", json!({"email": "nobody@example.com"})).await.refused(429, "RATE_LIMITED");
}

#[tokio::test]
async fn who_made_an_account_in_anothers_name_has_nothing_left_of_it_a13() {
    let app = TestApp::new().await;
    let stranger = app.actor("alice").await;
    let key = stranger.post("/api/me/api-keys", json!({"name": "x", "scopes": []})).await.expect(201).json;
    let token = asked(&app, "alice").await;
    let alice = Actor::bearer(&app, Login::read(&enter(&app, &token).await.expect(200)));
    assert_eq!(alice.get("/api/me").await.expect(200).json["email_verified"], true);
    stranger.get("/api/me").await.refused(401, "TOKEN_REVOKED");
    let refresh = json!({"refresh_token": stranger.login.refresh});
    app.post("/api/auth/refresh", refresh).await.refused(401, "INVALID_REFRESH_TOKEN");
    app.try_login("alice", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");
    let request = app.request(Method::GET, "/api/me").header("x-api-key", key["api_key"].as_str().unwrap());
    app.send(request.body(axum::body::Body::empty()).unwrap()).await.refused(401, "INVALID_API_KEY");
}

#[tokio::test]
async fn a_letter_gets_past_no_factor_of_an_account_that_nobody_verified_a6_a13() {
    let app = TestApp::new().await;
    let stranger = app.enrolled("alice").await;
    enter(&app, &asked(&app, "alice").await).await.refused(401, "MFA_REQUIRED");
    let _ = app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await.expect(202);
    let new = json!({"token": app.mailed_token("alice").await, "password": "another fine passphrase"});
    let _ = app.post("/api/auth/password/reset", new).await.expect(204);
    app.try_login("alice", "another fine passphrase").await.refused(401, "MFA_REQUIRED");
    // Nor does the account count as the mailbox owner's, who is not in it.
    let ticket = app.ticket_with("alice", "another fine passphrase").await;
    let entered = app.answer(&ticket, "totp", &stranger.application.code(&app)).await.expect(200);
    assert_eq!(entered.json["user"]["email_verified"], false);
}

#[tokio::test]
async fn a_reset_of_an_unverified_account_leaves_no_key_of_a_stranger_a13() {
    let app = TestApp::new().await;
    let stranger = app.actor("alice").await;
    let key = stranger.post("/api/me/api-keys", json!({"name": "x", "scopes": []})).await.expect(201).json;
    let _ = app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await.expect(202);
    let token = app.mailed_token("alice").await;
    let new = json!({"token": token, "password": "another fine passphrase"});
    let _ = app.post("/api/auth/password/reset", new).await.expect(204);
    let _ = app.try_login("alice", "another fine passphrase").await.expect(200);
    let request = app.request(Method::GET, "/api/me").header("x-api-key", key["api_key"].as_str().unwrap());
    app.send(request.body(axum::body::Body::empty()).unwrap()).await.refused(401, "INVALID_API_KEY");
}

#[tokio::test]
async fn a_second_factor_is_asked_for_after_a_link_a6() {
    let app = TestApp::new().await;
    verified(&app, "alice").await;
    let alice = app.enrol(&Actor::bearer(&app, app.login("alice").await)).await;
    let refused = enter(&app, &asked(&app, "alice").await).await;
    refused.refused(401, "MFA_REQUIRED");
    let ticket = refused.json["error"]["mfa_token"].as_str().unwrap();
    let entered = app.answer(ticket, "totp", &alice.application.code(&app)).await.expect(200);
    let token = Login::read(&entered).access;
    let body = data_encoding::BASE64URL_NOPAD.decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap();
    let said: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(said["amr"], json!(["email", "otp", "mfa"]));
}

/// Where a tenant asks for a passkey, a mailbox is none, however fresh.
#[tokio::test]
async fn a_fresh_link_stands_in_for_no_passkey_a7() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    verified(&app, "alice").await;
    let made = admin.post("/api/admin/tenants", json!({"name": "Acme", "slug": "acme"})).await.expect(201).json;
    let path = format!("/api/admin/tenants/{}", made["id"].as_str().unwrap());
    let login = Login::read(&enter(&app, &asked(&app, "alice").await).await.expect(200));
    let member = json!({"user_id": login.user["id"], "role": "member"});
    let _ = admin.post(&format!("{path}/members"), member).await.expect(201);
    let _ = admin.patch(&path, json!({"policy": {"sign_in_methods": ["hwk"]}})).await.expect(200);
    let token = asked(&app, "alice").await;
    let into = json!({"token": token, "tenant": "acme"});
    app.post("/api/auth/magic-link/verify", into).await.refused(401, "STEP_UP_REQUIRED");
    let (alice, switch) =
        (Actor::bearer(&app, login), format!("/api/me/tenants/{}/switch", made["id"].as_str().unwrap()));
    alice.post(&switch, json!({})).await.refused(401, "STEP_UP_REQUIRED");
    let _ = alice.post("/api/auth/step-up", json!({"password": PASSWORD})).await;
    alice.post(&switch, json!({})).await.refused(401, "STEP_UP_REQUIRED");
}

#[tokio::test]
async fn the_page_signs_in_by_a_button_and_not_by_being_opened() {
    let app = TestApp::new().await;
    verified(&app, "alice").await;
    let token = asked(&app, "alice").await;
    let browser = Browser::new(&app);
    let path = format!("/magic-link?token={token}");
    let mut page = browser.open(&path).await.expect(200);
    for _ in 0..2 {
        page = browser.open(&path).await.expect(200);
        assert_eq!(hidden(&page.text, "token").as_deref(), Some(token.as_str()));
    }
    let done = browser.fill(&page, "/magic-link", &[]).await.expect(200);
    assert!(done.text.contains("You are signed in"), "{}", done.text);
    assert!(done.cookie("guardhouse_session").is_some());
    assert_eq!(browser.open(&path).await.status, 400);
}

#[tokio::test]
async fn an_application_has_the_link_on_a_page_of_its_own_and_the_operator_turns_it_off() {
    let url = "https://app.example.com/sign-in";
    let own = MagicLinkSettings { url: Some(url.to_owned()), ..MagicLinkSettings::default() };
    let app = TestApp::with(|settings| settings.set(own)).await;
    verified(&app, "alice").await;
    let token = asked(&app, "alice").await;
    let opened = app.get(&format!("/magic-link?token={token}")).await.expect(303);
    assert_eq!(opened.header("location"), Some(format!("{url}?token={token}").as_str()));
    assert_eq!(app.get("/magic-link?token=https://evil.example").await.status, 400);
    let off = MagicLinkSettings { enabled: false, ..MagicLinkSettings::default() };
    let app = TestApp::with(|settings| settings.set(off)).await;
    app.post("/api/auth/magic-link", json!({"email": "alice@example.com"})).await.refused(403, "FORBIDDEN");
    enter(&app, &token).await.refused(403, "FORBIDDEN");
}

//! As a caller would: enrol the mailbox, sign in with a code from it.

use guardhouse_core::time::Span;
use serde_json::json;

use crate::{
    kernel::settings::MfaMethod,
    testing::{Actor, Login, PASSWORD, TestApp},
};

/// The code of the newest letter.
async fn mailed(app: &TestApp) -> String {
    let letters = app.letters().await;
    let letter = letters.iter().find(|letter| SUBJECTS.contains(&letter.subject.as_str())).unwrap();
    letter.text.lines().next().unwrap().trim().to_owned()
}

const SUBJECTS: [&str; 2] = ["Your sign-in code", "Confirm codes by e-mail"];

async fn verified<'a>(app: &'a TestApp, name: &str) -> Actor<'a> {
    let alice = app.actor(name).await;
    let token = app.mailed_token(name).await;
    let _ = app.post("/api/auth/email/verify", json!({"token": token})).await.expect(204);
    alice
}

async fn enrolled<'a>(app: &'a TestApp, name: &str) -> Actor<'a> {
    let alice = verified(app, name).await;
    let _ = alice.post("/api/me/mfa/email-code", json!({})).await.expect(202);
    let code = mailed(app).await;
    app.advance(Span::seconds(1));
    let confirmed = alice.post("/api/me/mfa/email-code/confirm", json!({"code": code})).await.expect(200);
    assert_eq!(confirmed.json["recovery_codes"].as_array().unwrap().len(), 10);
    Actor::bearer(app, Login::read(&confirmed))
}

async fn challenged(app: &TestApp, ticket: &str) -> String {
    let body = json!({"mfa_token": ticket, "method": "email_code"});
    let told = app.post("/api/auth/mfa/challenge", body).await.expect(200).json;
    assert_eq!(told, json!({"method": "email_code", "sent_to": "a***@example.com"}));
    mailed(app).await
}

#[tokio::test]
async fn a_mailed_code_ends_the_login_that_asked_for_it_and_no_other_m09_6_6_2() {
    let app = TestApp::new().await;
    let _ = enrolled(&app, "alice").await;
    let (ticket, other) = (app.ticket("alice").await, app.ticket("alice").await);
    app.answer(&ticket, "email_code", "123456").await.refused(401, "INVALID_MFA_CODE");
    let code = challenged(&app, &ticket).await;
    app.advance(Span::seconds(1));
    let _ = challenged(&app, &other).await;
    app.answer(&other, "email_code", &code).await.refused(401, "INVALID_MFA_CODE");
    let typed = format!(" {} {}", &code[..3], &code[3..]);
    let _ = app.answer(&ticket, "email_code", &typed).await.expect(200);
    app.answer(&ticket, "email_code", &code).await.refused(401, "INVALID_TOKEN");
}

#[tokio::test]
async fn codes_go_to_a_verified_address_and_are_limited_6_6_3_6_6_4() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    alice.post("/api/me/mfa/email-code", json!({})).await.refused(403, "EMAIL_NOT_VERIFIED");
    alice.post("/api/me/mfa/email-code/confirm", json!({"code": "000000"})).await.refused(401, "INVALID_MFA_CODE");
    let _ = enrolled(&app, "anna").await;
    let mut sent = 1;
    loop {
        let ticket = app.ticket("anna").await;
        let answer = app.post("/api/auth/mfa/challenge", json!({"mfa_token": ticket, "method": "email_code"})).await;
        if answer.status == 429 {
            break;
        }
        sent += 1;
    }
    assert_eq!(sent, 10);
}

#[tokio::test]
async fn a_mailed_code_ages_6_5_5() {
    let app = TestApp::with(|settings| settings.limits.mfa = "5/1h".parse().unwrap()).await;
    let _ = enrolled(&app, "alice").await;
    let ticket = app.ticket("alice").await;
    let code = challenged(&app, &ticket).await;
    app.advance(Span::minutes(11));
    app.answer(&ticket, "email_code", &code).await.refused(401, "INVALID_MFA_CODE");
    let code = challenged(&app, &ticket).await;
    let _ = app.answer(&ticket, "email_code", &code).await.expect(200);
}

#[tokio::test]
async fn the_settings_may_leave_the_mailbox_out_6_3_6() {
    let app = TestApp::with(|settings| settings.mfa.methods.retain(|method| *method != MfaMethod::EmailCode)).await;
    let alice = verified(&app, "alice").await;
    alice.post("/api/me/mfa/email-code", json!({})).await.refused(403, "FORBIDDEN");
    assert_eq!(alice.get("/api/me/mfa").await.expect(200).json["available"], json!(["totp", "passkey"]));
}

#[tokio::test]
async fn a_session_steps_up_by_a_mailed_code_and_the_mailbox_is_removed_again_6_5_6() {
    let app = TestApp::new().await;
    let alice = enrolled(&app, "alice").await;
    app.advance(Span::minutes(6));
    alice.delete("/api/me/mfa/email-code", json!({})).await.refused(401, "STEP_UP_REQUIRED");
    let told = alice.post("/api/auth/step-up/challenge", json!({"method": "email_code"})).await.expect(200).json;
    let ticket = told["mfa_token"].as_str().unwrap();
    let code = mailed(&app).await;
    app.advance(Span::seconds(1));
    let mut body = json!({"method": "email_code", "code": code, "mfa_token": ticket});
    // What steps a session up ends no login, and another session's proves nothing.
    app.answer(ticket, "email_code", &code).await.refused(401, "INVALID_TOKEN");
    let bob = app.enrolled("bob").await;
    bob.actor.post("/api/auth/step-up", body.clone()).await.refused(401, "INVALID_MFA_CODE");
    let other = app.ticket("alice").await;
    let entered = app.answer(&other, "email_code", &challenged(&app, &other).await).await.expect(200);
    let elsewhere = Actor::bearer(&app, Login::read(&entered));
    elsewhere.post("/api/auth/step-up", body.clone()).await.refused(401, "INVALID_TOKEN");
    let proved = alice.post("/api/auth/step-up", body.clone()).await.expect(200);
    alice.post("/api/auth/step-up", body.clone()).await.refused(401, "INVALID_TOKEN");
    body["password"] = json!(PASSWORD);
    alice.post("/api/auth/step-up", body).await.refused(400, "VALIDATION_FAILED");
    let alice = Actor::bearer(&app, Login::read(&proved));
    let _ = alice.delete("/api/me/mfa/email-code", json!({})).await.expect(204);
    let _ = app.login("alice").await;
}

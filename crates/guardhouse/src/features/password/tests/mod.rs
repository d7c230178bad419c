//! Through HTTP, as a caller would.

mod addresses;
mod alike;
mod attempts;
mod costs;
mod networks;
mod reset;
mod upgrades;

use serde_json::json;

use super::{Class, PolicySettings};
use crate::testing::{Actor, PASSWORD, TestApp};

#[tokio::test]
async fn register_login_call_refresh_logout_m11_m12_m02_m03() {
    let app = TestApp::new().await;
    let registered = app.register("alice").await;
    assert_eq!(registered.user["email"], "alice@example.com");

    let login = app.login("alice").await;
    let me = Actor::bearer(&app, login.clone()).get("/api/me").await.expect(200);
    assert_eq!(me.json["name"], "alice");

    let refreshed = app.post("/api/auth/refresh", json!({"refresh_token": login.refresh})).await.expect(200);
    assert_ne!(refreshed.json["refresh_token"], login.refresh);
    assert_eq!(refreshed.json["session_id"], login.session);

    let _ = Actor::bearer(&app, login.clone()).post("/api/auth/logout", json!({})).await.expect(204);
    Actor::bearer(&app, login.clone()).get("/api/me").await.refused(401, "TOKEN_REVOKED");
    let again = app.post("/api/auth/refresh", json!({"refresh_token": refreshed.json["refresh_token"]})).await;
    again.refused(401, "INVALID_REFRESH_TOKEN");
}

#[tokio::test]
async fn every_bad_field_is_named_at_once_m11_m39() {
    let app = TestApp::new().await;
    let answer = app.post("/api/auth/register", json!({"email": "not an address", "name": 7, "role": "admin"})).await;
    answer.refused(400, "VALIDATION_FAILED");
    assert_eq!(answer.faults(), ["email:INVALID_EMAIL", "name:WRONG_TYPE", "password:REQUIRED", "role:UNKNOWN_FIELD"]);
}

#[tokio::test]
async fn a_taken_address_is_a_conflict_m11() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let answer =
        app.post("/api/auth/register", json!({"email": "ALICE@Example.com", "password": PASSWORD, "name": "x"})).await;
    answer.refused(409, "USER_EXISTS");
}

/// M-14, ASVS 6.2: every rule that is broken is named at once, in words of its own.
#[tokio::test]
async fn a_weak_password_names_every_rule_m14_6_2() {
    let app = TestApp::with(|settings| {
        settings.set(PolicySettings {
            min_length: 12,
            require: vec![Class::Upper, Class::Lower, Class::Digit, Class::Symbol],
            ..PolicySettings::default()
        });
    })
    .await;
    let register = |password: &str| json!({"email": "alice@example.com", "password": password, "name": "Alice"});
    let answer = app.post("/api/auth/register", register("alice")).await;
    answer.refused(400, "WEAK_PASSWORD");
    for rule in ["TOO_SHORT", "NEEDS_UPPER", "NEEDS_DIGIT", "NEEDS_SYMBOL", "CONTAINS_CONTEXT_WORD"] {
        assert!(answer.faults().contains(&format!("password:{rule}")), "{rule}: {}", answer.text);
    }
    let details = answer.json["error"]["details"].as_array().unwrap();
    assert!(details.iter().all(|detail| detail["message"].as_str().is_some_and(|text| text.len() > 10)), "{details:?}");
    assert!(!answer.text.contains("\"alice\""), "the password is not told back");
    let answer = app.post("/api/auth/register", register("Correct-Horse-7-Battery")).await;
    let _ = answer.expect(201);
}

/// Measured only where it is asked for, with the person's own words known (M-14).
#[tokio::test]
async fn what_is_soon_guessed_is_refused_where_a_strength_is_asked_for_m14() {
    let body = json!({"email": "zabrina@example.com", "password": "quillfeather1987!", "name": "Zabrina Quillfeather"});
    let app = TestApp::new().await;
    let _ = app.post("/api/auth/register", body.clone()).await.expect(201);
    let app =
        TestApp::with(|settings| settings.change(|password: &mut PolicySettings| password.min_strength = 3)).await;
    assert_eq!(app.get("/api/auth/config").await.expect(200).json["password"]["min_strength"], 3);
    let answer = app.post("/api/auth/register", body).await;
    answer.refused(400, "WEAK_PASSWORD");
    assert_eq!(answer.faults(), ["password:TOO_GUESSABLE"]);
    let alice = app.actor("alice").await;
    let change = json!({"current_password": PASSWORD, "new_password": "monkey1987!"});
    let answer = alice.post("/api/me/password", change).await;
    assert_eq!(answer.faults(), ["new_password:TOO_GUESSABLE"]);
}

#[tokio::test]
async fn common_passwords_are_refused_6_2_4() {
    let app = TestApp::new().await;
    for password in ["password", "12345678", "qwertyuiop", "Password1", "iloveyou"] {
        let answer =
            app.post("/api/auth/register", json!({"email": "a@example.com", "password": password, "name": "A"})).await;
        answer.refused(400, "WEAK_PASSWORD");
    }
}

/// `A18`: two long passwords that differ at their end differ, and one too long is refused before any hash.
#[tokio::test]
async fn every_byte_of_a_password_counts_a18_6_2_8() {
    let app = TestApp::new().await;
    let long = "correct horse battery staple ".repeat(4);
    let body = |email: &str, password: &str| json!({"email": email, "password": password, "name": "A"});
    let _ = app.post("/api/auth/register", body("alice@example.com", &format!("{long}x"))).await.expect(201);
    for wrong in [long.clone(), format!("{long}y"), format!("{long}X"), format!("{long}x "), format!(" {long}x")] {
        app.try_login("alice", &wrong).await.refused(401, "INVALID_CREDENTIALS");
    }
    app.advance(guardhouse_core::time::Span::hours(1));
    let _ = app.try_login("alice", &format!("{long}x")).await.expect(200);
    let before = app.ctx().hasher.done();
    for path in ["/api/auth/register", "/api/auth/login"] {
        let mut huge = body("bob@example.com", &"p".repeat(60_000));
        if path.ends_with("login") {
            huge.as_object_mut().unwrap().remove("name");
        }
        let answer = app.post(path, huge).await;
        assert_eq!(answer.faults(), ["password:TOO_LONG"], "{}", answer.text);
    }
    assert_eq!(app.ctx().hasher.done(), before);
}

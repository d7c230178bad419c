//! What concerns others: nothing is told of anybody, nobody touches another's, and who is kept out stays out.

use super::*;
use crate::{
    features::passkeys::PasskeySettings,
    kernel::settings::{MfaPolicy, VerifyEmail},
    testing::{Login, PASSWORD},
};

/// There is no address to ask about, and the answer is alike for all (`A17`).
#[tokio::test]
async fn options_to_sign_in_tell_nothing_of_anybody_a17() {
    let app = TestApp::new().await;
    let (alice, _) = with_key(&app, "alice").await;
    let shape = |answer: &Answer| {
        let mut options = answer.json.clone();
        options["publicKey"]["challenge"] = json!("…");
        let headers = answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        (answer.status, options, headers)
    };
    let nobody = app.post(OPTIONS, json!({})).await.expect(200);
    let signed_in = alice.post(OPTIONS, json!({})).await.expect(200);
    let empty = app.send(app.request(http::Method::POST, OPTIONS).body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(shape(&nobody), shape(&signed_in));
    assert_eq!(shape(&nobody), shape(&empty));
    let told = json!({"challenge": "…", "rpId": "localhost", "timeout": 300_000, "userVerification": "required"});
    assert_eq!(shape(&nobody).1["publicKey"], told);
    app.post(OPTIONS, json!({"email": "alice@example.com"})).await.refused(400, "VALIDATION_FAILED");
}

#[tokio::test]
async fn anothers_passkey_is_as_unknown_as_none_t1() {
    let app = TestApp::new().await;
    let (alice, key) = with_key(&app, "alice").await;
    let (bob, _) = with_key(&app, "bob").await;
    let path = format!("{MINE}/{}", key.named);
    bob.delete(&path, json!({})).await.refused(404, "NOT_FOUND");
    bob.patch(&path, json!({"name": "Mine"})).await.refused(404, "NOT_FOUND");
    bob.delete(&format!("{MINE}/key_01h455vb4pex5vsknk084sn02q"), json!({})).await.refused(404, "NOT_FOUND");

    let admin = app.admin().await;
    let under = |login: &Login| format!("/api/admin/users/{}/passkeys", login.user["id"].as_str().unwrap());
    let listed = admin.get(&under(&alice.login)).await.expect(200).json;
    assert_eq!(listed["data"][0]["id"], json!(key.named));
    admin.delete(&format!("{}/{}", under(&bob.login), key.named), json!({})).await.refused(404, "NOT_FOUND");
    bob.get(&under(&alice.login)).await.refused(403, "FORBIDDEN");
    bob.delete(&format!("{}/{}", under(&alice.login), key.named), json!({})).await.refused(403, "FORBIDDEN");
    // The last one goes by a reset, which its owner can stop.
    admin.delete(&format!("{}/{}", under(&alice.login), key.named), json!({})).await.refused(409, "CONFLICT");
    added(&app, &alice, "Key").await;
    let _ = admin.delete(&format!("{}/{}", under(&alice.login), key.named), json!({})).await.expect(204);
    shown(&app, key.get(&request(&app).await)).await.refused(401, "INVALID_CREDENTIALS");
    let letters = app.letters().await;
    assert!(letters[0].subject.contains("removed") && letters[0].to == "alice@example.com", "{}", letters[0].subject);
}

#[tokio::test]
async fn a_passkey_lets_in_nobody_who_is_kept_out_m03_o13() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (alice, key) = with_key(&app, "alice").await;
    let user = format!("/api/admin/users/{}", alice.login.user["id"].as_str().unwrap());
    let _ = admin.post(&format!("{user}/disable"), json!({})).await.expect(200);
    shown(&app, key.get(&request(&app).await)).await.refused(403, "ACCOUNT_DISABLED");
    let _ = admin.post(&format!("{user}/enable"), json!({})).await.expect(200);
    let _ = shown(&app, key.get(&request(&app).await)).await.expect(200);
}

#[tokio::test]
async fn an_address_that_must_be_verified_must_be_so_with_a_passkey_too_m15() {
    let app = TestApp::with(|settings| settings.registration.verify_email = VerifyEmail::Required).await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "name": "Alice"});
    let _ = app.post("/api/auth/register", body).await.expect(202);
    let token = app.mailed_token("alice").await;
    let _ = app.post("/api/auth/email/verify", json!({"token": token, "password": PASSWORD})).await.expect(204);
    let alice = Actor::bearer(&app, app.login("alice").await);
    let (_, key) = added(&app, &alice, "Phone").await;
    let _ = shown(&app, key.get(&request(&app).await)).await.expect(200);
    let _ = app.change("update accounts set email_verified_at = null", vec![]).await;
    shown(&app, key.get(&request(&app).await)).await.refused(403, "EMAIL_NOT_VERIFIED");
}

#[tokio::test]
async fn failures_count_against_the_network_and_right_answers_do_not_a1() {
    let app = TestApp::new().await;
    let (_, key) = with_key(&app, "alice").await;
    for _ in 0..25 {
        let _ = shown(&app, key.get(&request(&app).await)).await.expect(200);
    }
    for _ in 0..20 {
        let credential = key.get_but(&request(&app).await, |says| says.flags = 0);
        shown(&app, credential).await.refused(401, "INVALID_CREDENTIALS");
    }
    shown(&app, key.get(&request(&app).await)).await.refused(429, "RATE_LIMITED");
    let elsewhere = app.from("198.51.100.9");
    let _ = shown(&elsewhere, key.get(&request(&elsewhere).await)).await.expect(200);
}

#[tokio::test]
async fn where_passkeys_are_off_there_are_none_m09() {
    let off = PasskeySettings { enabled: false, ..PasskeySettings::default() };
    let app = TestApp::with(|settings| settings.set(off)).await;
    app.post(OPTIONS, json!({})).await.refused(404, "NOT_FOUND");
    let _ = app.get("/.well-known/webauthn").await.expect(404);
    let methods = app.get("/api/auth/config").await.expect(200).json["methods"].clone();
    assert!(!methods.to_string().contains("passkey"), "{methods}");

    let app = TestApp::with(|settings| settings.mfa.policy = MfaPolicy::Off).await;
    let alice = app.actor("alice").await;
    alice.post("/api/me/passkeys/options", json!({})).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn browsers_and_password_managers_find_what_they_look_for_m09() {
    let own = PasskeySettings {
        origins: vec!["https://app.example".into(), "android:apk-key-hash:aGFzaA".into()],
        manage_url: Some("https://app.example/security".into()),
        ..PasskeySettings::default()
    };
    let app = TestApp::with(|settings| settings.set(own)).await;
    let origins = app.get("/.well-known/webauthn").await.expect(200).json;
    assert_eq!(origins, json!({"origins": [app.ctx().links.origin(), "https://app.example"]}));
    let endpoints = app.get("/.well-known/passkey-endpoints").await.expect(200).json;
    assert_eq!(endpoints, json!({"manage": "https://app.example/security"}));
    let methods = app.get("/api/auth/config").await.expect(200).json["methods"].clone();
    assert!(methods.as_array().unwrap().contains(&json!("passkey")), "{methods}");
    // A page and an application of the list sign in as well.
    let (_, mut key) = with_key(&app, "alice").await;
    for origin in ["https://app.example", "android:apk-key-hash:aGFzaA"] {
        key.says.origin = origin.into();
        let _ = shown(&app, key.get(&request(&app).await)).await.expect(200);
    }
}

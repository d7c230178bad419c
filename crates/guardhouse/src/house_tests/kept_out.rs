//! Whoever is kept out is so on every path in (`O13`), also on those that they were half-way through.

use axum::body::Body;
use http::Method;
use serde_json::{Value, json};

use crate::testing::{Actor, Answer, PASSWORD, TestApp};

const EMAIL: &str = "alice@example.com";

/// What somebody has in hand who may sign in.
struct Hand<'a> {
    session: Actor<'a>,
    key: String,
    link: String,
    ticket: String,
    code: String,
    reset: String,
}

async fn mailed(app: &TestApp, path: &str, subject: &str) -> String {
    let _ = app.post(path, json!({"email": EMAIL})).await.expect(202);
    let letter = app.letters().await.into_iter().find(|letter| letter.subject == subject).expect("a letter");
    letter.text.split_once("token=").unwrap().1.split_whitespace().next().unwrap().to_owned()
}

async fn by_key(app: &TestApp, method: Method, path: &str, key: &str) -> Answer {
    let request = app.request(method, path).header("x-api-key", key).header("content-type", "application/json");
    app.send(request.body(Body::from("{}")).unwrap()).await
}

async fn hand(app: &TestApp) -> Hand<'_> {
    let alice = app.actor("alice").await;
    let token = app.mailed_token("alice").await;
    let _ = app.post("/api/auth/email/verify", json!({"token": token})).await.expect(204);
    let enrolled = app.enrol(&alice).await;
    let session = enrolled.actor;
    let key = session.post("/api/me/api-keys", json!({"name": "x", "scopes": ["*"]})).await.expect(201).json;
    Hand {
        key: key["api_key"].as_str().unwrap().to_owned(),
        link: mailed(app, "/api/auth/magic-link", "Your link to sign in").await,
        reset: mailed(app, "/api/auth/password/forgot", "Set a new password").await,
        ticket: app.ticket("alice").await,
        code: enrolled.application.code(app),
        session,
    }
}

#[tokio::test]
async fn who_is_disabled_comes_in_by_no_path_o13_a15() {
    let app = &TestApp::new().await;
    let (admin, alice) = (app.admin().await, hand(app).await);
    let user = format!("/api/admin/users/{}", alice.session.login.user["id"].as_str().unwrap());
    let _ = admin.post(&format!("{user}/disable"), json!({})).await.expect(200);
    let post = |path: &'static str, body: Value| app.post(path, body);
    let verify = json!({"mfa_token": alice.ticket, "method": "totp", "code": alice.code});
    let refused = [
        ("session", alice.session.get("/api/me").await),
        ("password", post("/api/auth/login", json!({"email": EMAIL, "password": PASSWORD})).await),
        ("refresh", post("/api/auth/refresh", json!({"refresh_token": alice.session.login.refresh})).await),
        ("second factor", post("/api/auth/mfa/verify", verify).await),
        ("link", post("/api/auth/magic-link/verify", json!({"token": alice.link})).await),
        ("key", by_key(app, Method::GET, "/api/me", &alice.key).await),
        ("exchange", by_key(app, Method::POST, "/api/auth/api-key/exchange", &alice.key).await),
    ];
    for (path, answer) in refused {
        assert!([400, 401, 403].contains(&answer.status.as_u16()), "{path}: {} {}", answer.status, answer.text);
        assert!(!answer.text.contains("access_token"), "{path}: {}", answer.text);
    }
    // Letters that were on their way set no password, and no new ones are sent.
    let reset = json!({"token": alice.reset, "password": "another fine passphrase"});
    let _ = post("/api/auth/password/reset", reset).await;
    let again = json!({"email": EMAIL, "password": "another fine passphrase"});
    let answer = post("/api/auth/login", again).await;
    assert!([401, 403].contains(&answer.status.as_u16()), "{}", answer.text);
    let before = app.letters().await.len();
    let _ = post("/api/auth/magic-link", json!({"email": EMAIL})).await.expect(202);
    assert_eq!(app.letters().await.len(), before);
}

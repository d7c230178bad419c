//! Cross-site requests (M-37, `A21`; ASVS 3.5).

use axum::body::Body;
use http::Method;
use serde_json::json;

use crate::testing::{Answer, PASSWORD, TestApp};

const EVIL: &[&str] = &[
    "null",
    "http://evil.example",
    "http://localhost:8700.evil.example",
    "http://localhost:87000",
    "http://evil.localhost:8700",
    "https://localhost:8700",
    "http://localhost",
    "http://LOCALHOST:8700",
    "http://localhost:8700/",
    "http://localhost:8700 http://evil.example",
    "",
    "localhost:8700",
    "file://",
];

struct Victim {
    cookie: String,
    csrf: String,
}

async fn victim(app: &TestApp) -> Victim {
    app.register("alice").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let answer = app.post("/api/auth/login", body).await.expect(200);
    Victim {
        cookie: format!("guardhouse_session={}", answer.cookie("guardhouse_session").unwrap().0),
        csrf: answer.json["csrf_token"].as_str().unwrap().to_owned(),
    }
}

async fn send(app: &TestApp, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = app.request(Method::POST, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_foreign_origin_is_refused_even_with_the_token_m37_a21() {
    let app = TestApp::new().await;
    let victim = victim(&app).await;
    let body = json!({"current_password": PASSWORD, "new_password": "chosen by the attacker"}).to_string();
    for origin in EVIL {
        let headers = [JSON, ("cookie", &*victim.cookie), ("x-csrf-token", &*victim.csrf), ("origin", origin)];
        send(&app, "/api/me/password", &headers, &body).await.refused(403, "CSRF_FAILED");
    }
    for site in ["cross-site", "evil", ""] {
        let headers = [JSON, ("cookie", &*victim.cookie), ("x-csrf-token", &*victim.csrf), ("sec-fetch-site", site)];
        send(&app, "/api/me/password", &headers, &body).await.refused(403, "CSRF_FAILED");
    }
    let two = [
        JSON,
        ("cookie", &*victim.cookie),
        ("x-csrf-token", &*victim.csrf),
        ("origin", "http://localhost:8700"),
        ("origin", "http://evil.example"),
    ];
    send(&app, "/api/me/password", &two, &body).await.refused(403, "CSRF_FAILED");
    let _ = app.login("alice").await;
}

#[tokio::test]
async fn a_wrong_token_is_refused_m37() {
    let app = TestApp::new().await;
    let victim = victim(&app).await;
    app.register("mallory").await;
    let body = json!({"email": "mallory@example.com", "password": PASSWORD, "delivery": "cookie"});
    let mallory = app.post("/api/auth/login", body).await.expect(200);
    let theirs = mallory.json["csrf_token"].as_str().unwrap();
    let flipped = if victim.csrf.ends_with('A') { "B" } else { "A" };
    let cut = &victim.csrf[..victim.csrf.len() - 1];
    for token in ["", "x", theirs, cut, &format!("{cut}{flipped}"), &format!("{}A", victim.csrf), "AAAAAAAA"] {
        let headers = [JSON, ("cookie", &*victim.cookie), ("x-csrf-token", token), ("origin", "http://localhost:8700")];
        send(&app, "/api/auth/logout", &headers, "{}").await.refused(403, "CSRF_FAILED");
    }
    // In a query or the body it is no header.
    let path = format!("/api/auth/logout?x-csrf-token={}&csrf_token={}", victim.csrf, victim.csrf);
    send(&app, &path, &[JSON, ("cookie", &*victim.cookie)], "{}").await.refused(403, "CSRF_FAILED");
    let good =
        [JSON, ("cookie", &*victim.cookie), ("x-csrf-token", &*victim.csrf), ("origin", "http://localhost:8700")];
    let _ = send(&app, "/api/auth/logout", &good, "{}").await.expect(204);
}

/// What a form of another site can send: three content types and no header of its own.
#[tokio::test]
async fn what_a_form_can_send_is_refused_a21() {
    let app = TestApp::new().await;
    let victim = victim(&app).await;
    let types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain;application/json",
        "",
    ];
    let login = json!({"email": "alice@example.com", "password": PASSWORD}).to_string();
    for kind in types {
        for path in ["/api/auth/login", "/api/auth/register", "/api/auth/refresh", "/api/auth/password/forgot"] {
            let answer = send(&app, path, &[("content-type", kind)], &login).await;
            answer.refused(415, "UNSUPPORTED_MEDIA_TYPE");
        }
        let headers = [("content-type", kind), ("cookie", &*victim.cookie), ("origin", "http://evil.example")];
        send(&app, "/api/me/password", &headers, &login).await.refused(403, "CSRF_FAILED");
    }
    for path in ["/api/auth/logout", "/api/auth/login", "/api/me/password"] {
        let request = app.request(Method::GET, path).header("cookie", &victim.cookie).body(Body::empty()).unwrap();
        app.send(request).await.refused(405, "METHOD_NOT_ALLOWED");
    }
}

/// Nobody is signed in to the attacker's account by another site.
#[tokio::test]
async fn login_csrf_is_refused_a21() {
    let app = TestApp::new().await;
    app.register("mallory").await;
    let body = json!({"email": "mallory@example.com", "password": PASSWORD, "delivery": "cookie"}).to_string();
    for origin in EVIL {
        for path in ["/api/auth/login", "/api/auth/register", "/api/auth/refresh", "/api/auth/password/reset"] {
            let answer = send(&app, path, &[JSON, ("origin", origin)], &body).await;
            answer.refused(403, "CSRF_FAILED");
            assert!(answer.cookie("guardhouse_session").is_none());
        }
    }
    send(&app, "/api/auth/login", &[JSON, ("sec-fetch-site", "cross-site")], &body).await.refused(403, "CSRF_FAILED");
    let _ = send(&app, "/api/auth/login", &[JSON, ("origin", "http://localhost:8700")], &body).await.expect(200);
}

/// `cors_origins` are origins of one's own, for cookies too (rulings 19), to the letter.
#[tokio::test]
async fn listed_origins_may_and_their_lookalikes_may_not_m37() {
    let app = TestApp::with(|settings| settings.server.cors_origins = vec!["https://app.example.com".to_owned()]).await;
    let victim = victim(&app).await;
    for origin in [
        "https://app.example.com.evil.test",
        "https://app.example.co",
        "http://app.example.com",
        "https://APP.example.com",
    ] {
        let headers = [JSON, ("cookie", &*victim.cookie), ("x-csrf-token", &*victim.csrf), ("origin", origin)];
        send(&app, "/api/auth/step-up", &headers, r#"{"password":"x"}"#).await.refused(403, "CSRF_FAILED");
    }
    let headers =
        [JSON, ("cookie", &*victim.cookie), ("x-csrf-token", &*victim.csrf), ("origin", "https://app.example.com")];
    let _ = send(&app, "/api/auth/refresh", &headers, "{}").await.expect(200);
}

//! Through HTTP, as a caller would.

mod forgery;
mod lifetime;
mod planting;

use http::Method;
use serde_json::json;

use crate::testing::{Actor, PASSWORD, TestApp};

#[tokio::test]
async fn a_cookie_session_works_and_ends_m04_m37() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let answer = app.post("/api/auth/login", body).await.expect(200);
    let (_, line) = answer.cookie("guardhouse_session").expect("a cookie");
    assert!(line.contains("HttpOnly") && line.contains("SameSite=Lax") && line.contains("Path=/"), "{line}");
    let alice = Actor::cookie(&app, &answer);
    assert_eq!(alice.get("/api/me").await.expect(200).json["name"], "alice");

    let (cookie, _) = answer.cookie("guardhouse_session").expect("a cookie");
    let forged = app.request(Method::POST, "/api/auth/logout").header("cookie", format!("guardhouse_session={cookie}"));
    app.send(forged.body(axum::body::Body::empty()).expect("a request")).await.refused(403, "CSRF_FAILED");

    let _ = alice.post("/api/auth/logout", json!({})).await.expect(204);
    alice.get("/api/me").await.refused(401, "TOKEN_MISSING");
}

/// A browser may hold a login beside the one that ends: its cookie stays, and so does what it stored.
#[tokio::test]
async fn a_logout_by_another_credential_leaves_the_cookie_alone_14_3_1() {
    let app = TestApp::new().await;
    let login = app.register("alice").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let alice = Actor::cookie(&app, &app.post("/api/auth/login", body).await.expect(200));
    let logout = alice.request(Method::POST, "/api/auth/logout").header("content-type", "application/json");
    let body = json!({"refresh_token": login.refresh}).to_string();
    let left = app.send(logout.body(axum::body::Body::from(body)).unwrap()).await.expect(204);
    assert!(left.cookie("guardhouse_session").is_none() && left.header("clear-site-data").is_none());
    let left = alice.post("/api/auth/logout", json!({})).await.expect(204);
    assert!(left.cookie("guardhouse_session").is_some() && left.header("clear-site-data").is_some());
}

/// Rulings 18: whichever route meets a stale cookie has the browser forget it.
#[tokio::test]
async fn a_stale_cookie_is_cleared_by_refresh_and_logout_too_m04() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let alice = Actor::cookie(&app, &app.post("/api/auth/login", body).await.expect(200));
    let _ = alice.post("/api/auth/logout", json!({})).await.expect(204);
    for (path, status, code) in
        [("/api/auth/refresh", 400, "MISSING_REFRESH_TOKEN"), ("/api/auth/logout", 401, "TOKEN_MISSING")]
    {
        let answer = alice.post(path, json!({})).await;
        answer.refused(status, code);
        let (value, line) = answer.cookie("guardhouse_session").expect("the cookie is cleared");
        assert!(value.is_empty() && line.contains("Max-Age=0"), "{line}");
        assert!(app.post(path, json!({})).await.cookie("guardhouse_session").is_none());
    }
}

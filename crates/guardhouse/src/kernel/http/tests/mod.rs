//! Through HTTP, as a caller would.

mod bodies;
mod cors;
mod https;

use axum::body::Body;
use http::Method;

use crate::testing::{Answer, TestApp};

/// Any request.
async fn call(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let mut request = app.request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_a_good_one_is_kept() {
    let app = TestApp::new().await;
    for path in ["/healthz", "/api/me", "/nowhere"] {
        let answer = app.get(path).await;
        let id = answer.header("x-request-id").unwrap();
        assert_eq!(id.len(), 24, "{path}");
        let kept = call(&app, Method::GET, path, &[("x-request-id", "my-request_1.2")], "").await;
        assert_eq!(kept.header("x-request-id"), Some("my-request_1.2"));
    }
    let long = "x".repeat(65);
    for bad in [
        "short",
        "with space",
        "<script>alert(1)</script>",
        "a\tb-c-d-e-f",
        "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
        &long,
    ] {
        let answer = call(&app, Method::GET, "/api/me", &[("x-request-id", bad)], "").await;
        assert_ne!(answer.header("x-request-id"), Some(bad));
        assert_eq!(answer.json["error"]["request_id"].as_str(), answer.header("x-request-id"));
    }
}

#[tokio::test]
async fn what_bears_a_credential_is_not_stored() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    for answer in
        [app.try_login("alice", crate::testing::PASSWORD).await, alice.get("/api/me").await, app.get("/api/me").await]
    {
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

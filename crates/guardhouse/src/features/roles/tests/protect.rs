//! Routes of a service that embeds the engine (M-24, M-53).

use axum::{Router, body::Body, extract::ConnectInfo, routing::get};
use http::Request;
use serde_json::json;
use tower::ServiceExt as _;

use super::{declare, give};
use crate::{
    kernel::{errors::Error, principal::Caller},
    testing::{Answer, TestApp},
};

/// A service with a state of its own.
#[derive(Clone)]
struct Documents;

async fn read(Caller(caller): Caller) -> String {
    caller.subject.to_string()
}

async fn delete(caller: Caller) -> Result<&'static str, Error> {
    caller.require("documents:delete")?;
    caller.require_role("editor")?;
    Ok("deleted")
}

fn service(app: &TestApp) -> Router {
    let engine = &app.engine;
    Router::new()
        .route("/documents", get(read).layer(engine.require_permission("documents:read")))
        .route("/drafts", get(read).layer(engine.require_role("editor")))
        .route("/own", get(delete).delete(delete).layer(engine.require_signed_in()))
        .with_state(Documents)
}

async fn ask(service: &Router, method: &str, path: &str, token: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost:8700");
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 50_000))));
    Answer::read(service.clone().oneshot(request).await.unwrap()).await
}

#[tokio::test]
async fn an_embedding_services_routes_are_guarded_m21_m22_m24() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let service = service(&app);
    for path in ["/documents", "/drafts", "/own"] {
        ask(&service, "GET", path, "").await.refused(401, "TOKEN_MISSING");
        ask(&service, "GET", path, "x.y.z").await.refused(401, "INVALID_TOKEN");
        let refused = ask(&service, "GET", path, &alice.access).await;
        refused.refused(403, "FORBIDDEN");
    }
    let _ = declare(&admin, "reader", &["documents:read"]).await;
    let _ = give(&admin, &alice, "reader").await;
    assert_eq!(ask(&service, "GET", "/documents", &alice.access).await.text, alice.user_id().to_string());
    ask(&service, "GET", "/drafts", &alice.access).await.refused(403, "FORBIDDEN");
    for name in ["documents:delete"] {
        let _ = admin.post(super::PERMISSIONS, json!({"name": name})).await.expect(201);
    }
    let editor = json!({"name": "editor", "permissions": ["documents:delete"], "includes": ["reader"]});
    let _ = admin.post(super::ROLES, editor).await.expect(201);
    let _ = give(&admin, &alice, "editor").await;
    assert_eq!(ask(&service, "GET", "/drafts", &alice.access).await.status, 200);
    assert_eq!(ask(&service, "DELETE", "/own", &alice.access).await.text, "deleted");
    let bob = app.register("bob").await;
    let refused = ask(&service, "DELETE", "/own", &bob.access).await;
    refused.refused(403, "FORBIDDEN");
    assert!(refused.text.contains("documents:delete"));
}

/// A cookie alone changes nothing in an embedding service either (`A21`).
#[tokio::test]
async fn a_forged_request_with_a_cookie_passes_no_guard_of_a_service_a21() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let body = json!({"email": "alice@example.com", "password": crate::testing::PASSWORD, "delivery": "cookie"});
    let login = app.post("/api/auth/login", body).await.expect(200);
    let (cookie, _) = login.cookie("guardhouse_session").unwrap();
    let request = Request::builder().method("DELETE").uri("/own").header("host", "localhost:8700");
    let mut request = request.header("cookie", format!("guardhouse_session={cookie}")).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 50_000))));
    let answer = Answer::read(service(&app).oneshot(request).await.unwrap()).await;
    answer.refused(403, "CSRF_FAILED");
}

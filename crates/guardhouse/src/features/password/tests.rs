//! Through HTTP, as a caller would.

use serde_json::json;

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

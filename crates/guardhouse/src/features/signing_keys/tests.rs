//! Through HTTP, as a caller would.

use guardhouse_core::{jose::Algorithm, secret::SecretText, time::Span};
use serde_json::{Value, json};

use crate::testing::{Actor, TestApp};

const KEYS: &str = "/api/admin/signing-keys";

fn states(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap()).collect()
}

async fn published(app: &TestApp) -> usize {
    app.get("/.well-known/jwks.json").await.expect(200).json["keys"].as_array().unwrap().len()
}

#[tokio::test]
async fn keys_rotate_with_overlap_by_command_m38() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let before = admin.get(KEYS).await.expect(200).json;
    assert_eq!(states(&before), ["active"]);
    assert!(before["data"][0]["retired_at"].is_null() && before["next_cursor"].is_null());

    let made = admin.post(&format!("{KEYS}/rotate"), json!({})).await.expect(201).json;
    assert_eq!((made["state"].as_str(), made["alg"].as_str()), (Some("active"), Some("ES256")));
    let after = admin.get(KEYS).await.expect(200).json;
    assert_eq!(states(&after), ["active", "retiring"]);
    assert_eq!(after["data"][0]["kid"], made["kid"]);
    assert_eq!(published(&app).await, 2);
    let fresh = Actor::bearer(&app, app.login("admin").await);
    assert_eq!(fresh.get("/api/me").await.status, 200, "by the new key");
    assert_eq!(admin.get("/api/me").await.status, 200, "by the old key");
}

#[tokio::test]
async fn keys_are_listed_in_pages_m38() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for _ in 0..2 {
        let _ = admin.post(&format!("{KEYS}/rotate"), json!({})).await.expect(201);
    }
    let all = admin.get(KEYS).await.expect(200).json;
    assert_eq!((states(&all).len(), &all["next_cursor"]), (3, &Value::Null));
    let first = admin.get(&format!("{KEYS}?limit=2")).await.expect(200).json;
    assert_eq!(first["data"].as_array().unwrap()[..], all["data"].as_array().unwrap()[..2]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let last = admin.get(&format!("{KEYS}?limit=2&cursor={cursor}")).await.expect(200).json;
    assert_eq!((&last["data"][0], &last["data"][1]), (&all["data"][2], &Value::Null));
    assert!(last["next_cursor"].is_null());
    admin.get(&format!("{KEYS}?cursor=x")).await.refused(400, "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_leaked_key_is_retired_and_its_tokens_end_everywhere_m38_a20() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    let elsewhere = Actor::bearer(&node, admin.login.clone());
    assert_eq!(elsewhere.get("/api/me").await.status, 200);
    let kid = admin.get(KEYS).await.json["data"][0]["kid"].as_str().unwrap().to_owned();
    let retired = admin.post(&format!("{KEYS}/{kid}/retire"), json!({})).await.expect(200).json;
    assert_eq!((retired["kid"].as_str(), retired["state"].as_str()), (Some(kid.as_str()), Some("retired")));
    assert!(retired["retired_at"].is_string());
    admin.get("/api/me").await.refused(401, "INVALID_TOKEN");
    node.caught_up().await;
    elsewhere.get("/api/me").await.refused(401, "INVALID_TOKEN");

    let admin = Actor::bearer(&app, app.login("admin").await);
    assert_eq!(states(&admin.get(KEYS).await.expect(200).json), ["active", "retired"]);
    assert_eq!(published(&app).await, 1);
    admin.post(&format!("{KEYS}/{kid}/retire"), json!({})).await.refused(409, "CONFLICT");
    admin.post(&format!("{KEYS}/unknown/retire"), json!({})).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_node_takes_tokens_of_a_key_made_a_moment_ago_elsewhere_m38() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    app.advance(Span::seconds(1));
    let _ = admin.post(&format!("{KEYS}/rotate"), json!({})).await.expect(201);
    let fresh = Actor::bearer(&node, app.login("admin").await);
    assert_eq!(fresh.get("/api/me").await.status, 200);
}

#[tokio::test]
async fn changes_of_keys_are_audited_m34() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let kid = admin.post(&format!("{KEYS}/rotate"), json!({})).await.expect(201).json["kid"].clone();
    let events = admin.get("/api/admin/audit-events?action=signing_keys.").await.expect(200).json;
    let event = &events["data"][0];
    assert_eq!((&event["action"], &event["details"]["kid"]), (&json!("signing_keys.rotated"), &kid));
    assert_eq!((&event["actor"], &event["ip"]), (&admin.login.user["id"], &json!("127.0.0.1")));
}

#[tokio::test]
async fn keys_are_for_those_with_the_permission_m22() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    alice.get(KEYS).await.refused(403, "FORBIDDEN");
    alice.post(&format!("{KEYS}/rotate"), json!({})).await.refused(403, "FORBIDDEN");
    alice.post(&format!("{KEYS}/x/retire"), json!({})).await.refused(403, "FORBIDDEN");
    app.get(KEYS).await.refused(401, "TOKEN_MISSING");
}

#[tokio::test]
async fn the_secret_of_hs256_is_not_rotated_by_command_m01() {
    let app = TestApp::with(|settings| {
        settings.tokens.algorithm = Algorithm::Hs256;
        settings.tokens.secret = SecretText::new("a secret of more than thirty-two bytes");
    })
    .await;
    assert_eq!(published(&app).await, 0);
    // HS256 tokens are good for nothing under /api/admin (ruling 15), so the cookie asks.
    app.admin().await;
    let login = json!({"email": "admin@example.com", "password": crate::testing::PASSWORD, "delivery": "cookie"});
    let admin = Actor::cookie(&app, &app.post("/api/auth/login", login).await.expect(200));
    let refused = admin.post(&format!("{KEYS}/rotate"), json!({})).await;
    refused.refused(409, "CONFLICT");
    assert!(refused.text.contains("tokens.secret"));
}

#[tokio::test]
async fn what_is_not_understood_is_refused_in_the_shape_of_all_errors_m39_t1() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for id in ["%FF", "%00", "x"] {
        admin.post(&format!("{KEYS}/{id}/retire"), json!({})).await.refused(404, "NOT_FOUND");
        admin.delete(&format!("/api/me/sessions/{id}"), json!({})).await.refused(404, "NOT_FOUND");
    }
    let kid = admin.get(KEYS).await.expect(200).json["data"][0]["kid"].as_str().unwrap().to_owned();
    for path in [format!("{KEYS}/rotate"), format!("{KEYS}/{kid}/retire")] {
        admin.post(&path, json!({"when": "later"})).await.refused(400, "VALIDATION_FAILED");
    }
    let own = format!("/api/me/sessions/{}", admin.login.session);
    admin.delete(&own, json!({"all": true})).await.refused(400, "VALIDATION_FAILED");
    assert_eq!(states(&admin.get(KEYS).await.expect(200).json), ["active"]);
}

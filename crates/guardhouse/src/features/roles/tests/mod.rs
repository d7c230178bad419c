//! Through HTTP, as a caller would.

mod bindings;
mod delegation;
mod nodes;
mod protect;

use http::Method;
use serde_json::{Value, json};

use crate::testing::{Actor, Login, TestApp};

const ROLES: &str = "/api/admin/roles";
const PERMISSIONS: &str = "/api/admin/permissions";
const BINDINGS: &str = "/api/admin/role-bindings";

/// Declares these permissions and a role that gathers them.
async fn declare(admin: &Actor<'_>, role: &str, permissions: &[&str]) -> Value {
    for name in permissions.iter().filter(|name| !name.ends_with('*')) {
        let answer = admin.post(PERMISSIONS, json!({"name": name})).await;
        assert!([201, 409].contains(&answer.status.as_u16()), "{}", answer.text);
    }
    admin.post(ROLES, json!({"name": role, "permissions": permissions})).await.expect(201).json
}

/// Gives a role everywhere.
async fn give(admin: &Actor<'_>, to: &Login, role: &str) -> Value {
    admin.post(BINDINGS, json!({"subject": to.user["id"], "role": role})).await.expect(201).json
}

fn names(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_role_is_declared_given_changed_and_taken_m21_m22() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.actor("alice").await;
    alice.get("/api/admin/users").await.refused(403, "FORBIDDEN");
    let role = declare(&admin, "support", &["tickets:close"]).await;
    assert!(role["id"].as_str().unwrap().starts_with("rol_") && role["built_in"] == false);
    let binding = give(&admin, &alice.login, "support").await;
    assert_eq!(alice.get("/api/me").await.expect(200).json["roles"], json!(["support"]));
    let refused = alice.get("/api/admin/users").await;
    refused.refused(403, "FORBIDDEN");
    assert!(refused.text.contains("users:read"), "it says why: {}", refused.text);

    // The same token, at the next request.
    let change = json!({"permissions": ["tickets:close", "users:read"]});
    let changed = admin.patch(&format!("{ROLES}/support"), change).await.expect(200).json;
    assert_eq!(changed["permissions"], json!(["tickets:close", "users:read"]));
    let _ = alice.get("/api/admin/users").await.expect(200);
    let _ = admin.patch(&format!("{ROLES}/support"), json!({"permissions": []})).await.expect(200);
    alice.get("/api/admin/users").await.refused(403, "FORBIDDEN");
    let _ = admin.patch(&format!("{ROLES}/support"), json!({"permissions": ["users:*"]})).await.expect(200);
    let _ = alice.get("/api/admin/users").await.expect(200);

    let path = format!("{BINDINGS}/{}", binding["id"].as_str().unwrap());
    assert_eq!(admin.delete(&path, json!({})).await.status, 204);
    alice.get("/api/admin/users").await.refused(403, "FORBIDDEN");
    admin.delete(&path, json!({})).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_token_carries_what_is_held_for_others_to_read_m21() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let _ = declare(&admin, "reader", &["documents:read"]).await;
    let _ = admin.post(ROLES, json!({"name": "editor", "permissions": [], "includes": ["reader"]})).await.expect(201);
    let _ = give(&admin, &alice, "editor").await;
    let login = app.login("alice").await;
    let claims = login.access.split('.').nth(1).unwrap();
    let claims = data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["roles"], json!(["editor", "reader"]));
    assert_eq!(claims["permissions"], json!(["documents:read"]));
    assert_eq!(login.user["roles"], json!(["editor"]), "what was given");
}

#[tokio::test]
async fn roles_are_removed_from_all_who_hold_them_m21() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.actor("alice").await;
    let role = declare(&admin, "support", &["users:read"]).await;
    let _ = admin.post(ROLES, json!({"name": "lead", "includes": ["support"]})).await.expect(201);
    let _ = give(&admin, &alice.login, "support").await;
    let path = format!("{ROLES}/{}", role["id"].as_str().unwrap());
    let refused = admin.delete(&path, json!({})).await;
    refused.refused(409, "CONFLICT");
    assert!(refused.text.contains("lead"));
    assert_eq!(admin.delete(&format!("{ROLES}/lead"), json!({})).await.status, 204);
    assert_eq!(admin.delete(&path, json!({})).await.status, 204);
    alice.get("/api/admin/users").await.refused(403, "FORBIDDEN");
    // A later role of that name is another one.
    let _ = declare(&admin, "support", &["users:read"]).await;
    alice.get("/api/admin/users").await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn what_is_wrong_with_a_role_is_named_m22_m39() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let _ = declare(&admin, "a", &["documents:read"]).await;
    let refused = |body: Value, code: &'static str| {
        let admin = &admin;
        async move {
            let answer = admin.post(ROLES, body.clone()).await;
            answer.refused(400, "VALIDATION_FAILED");
            assert_eq!(answer.json["error"]["details"][0]["code"], code, "{body}: {}", answer.text);
        }
    };
    refused(json!({"name": "b c"}), "INVALID_ROLE").await;
    refused(json!({"name": "b", "permissions": ["documents:wirte"]}), "UNKNOWN_PERMISSION").await;
    refused(json!({"name": "b", "permissions": ["*:read"]}), "INVALID_PERMISSION").await;
    refused(json!({"name": "b", "permissions": ["doc*"]}), "INVALID_PERMISSION").await;
    refused(json!({"name": "b", "includes": ["nobody"]}), "UNKNOWN_ROLE").await;
    refused(json!({"name": "b", "includes": ["b"]}), "UNKNOWN_ROLE").await;
    refused(json!({"name": "b", "id": "rol_x"}), "UNKNOWN_FIELD").await;
    refused(json!({}), "REQUIRED").await;
    refused(json!({"name": "b", "tenant_id": "usr_x"}), "INVALID_ID").await;
    admin.post(ROLES, json!({"name": "a"})).await.refused(409, "CONFLICT");
    admin.post(ROLES, json!({"name": "admin"})).await.refused(409, "CONFLICT");
    // Of what is declared, a pattern may stand for any.
    for good in ["documents:*", "users:*", "*", "users:read"] {
        let _ = admin.patch(&format!("{ROLES}/a"), json!({"permissions": [good]})).await.expect(200);
    }
    let _ = admin.post(ROLES, json!({"name": "b", "includes": ["a"]})).await.expect(201);
    let _ = admin.post(ROLES, json!({"name": "c", "includes": ["b"]})).await.expect(201);
    let circle = admin.patch(&format!("{ROLES}/a"), json!({"includes": ["c"]})).await;
    circle.refused(400, "VALIDATION_FAILED");
    assert_eq!(circle.json["error"]["details"][0]["code"], "CIRCLE");
    for method in [Method::PATCH, Method::DELETE] {
        admin.send(method, &format!("{ROLES}/auditor"), json!({})).await.refused(409, "CONFLICT");
    }
    for id in ["nobody", "rol_01h455vb4pex5vsknk084sn02q", "%00", "%ff"] {
        admin.get(&format!("{ROLES}/{id}")).await.refused(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn permissions_are_declared_and_withdrawn_m22() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let made = admin.post(PERMISSIONS, json!({"name": "documents:read", "description": "Read"})).await.expect(201).json;
    assert_eq!((&made["name"], &made["description"]), (&json!("documents:read"), &json!("Read")));
    for taken in ["documents:read", "users:read"] {
        admin.post(PERMISSIONS, json!({"name": taken})).await.refused(409, "CONFLICT");
    }
    for bad in ["", "documents:*", "*", "Documents:read", "a b"] {
        admin.post(PERMISSIONS, json!({"name": bad})).await.refused(400, "VALIDATION_FAILED");
    }
    let _ = declare(&admin, "reader", &["documents:read"]).await;
    admin.delete(&format!("{PERMISSIONS}/documents:read"), json!({})).await.refused(409, "CONFLICT");
    let _ = admin.patch(&format!("{ROLES}/reader"), json!({"permissions": []})).await.expect(200);
    assert_eq!(admin.delete(&format!("{PERMISSIONS}/documents:read"), json!({})).await.status, 204);
    admin.delete(&format!("{PERMISSIONS}/documents:read"), json!({})).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn lists_come_in_pages_m21() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let all = admin.get(&format!("{ROLES}?limit=200")).await.expect(200).json;
    let house = names(&all);
    assert!(house.contains(&"admin") && house.contains(&"auditor") && house.is_sorted());
    assert_eq!(all["next_cursor"], Value::Null);
    let first = admin.get(&format!("{ROLES}?limit=2")).await.expect(200).json;
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = admin.get(&format!("{ROLES}?cursor={cursor}")).await.expect(200).json;
    assert_eq!([names(&first), names(&rest)].concat(), house);
    for name in ["c:x", "a:x", "b:x"] {
        let _ = admin.post(PERMISSIONS, json!({"name": name})).await.expect(201);
    }
    let first = admin.get(&format!("{PERMISSIONS}?limit=2")).await.expect(200).json;
    assert_eq!((names(&first), &first["next_cursor"]), (vec!["a:x", "b:x"], &json!("b:x")));
    assert_eq!(names(&admin.get(&format!("{PERMISSIONS}?cursor=b:x")).await.expect(200).json), ["c:x"]);
    for bad in ["limit=0", "cursor=%00", "x=1"] {
        admin.get(&format!("{PERMISSIONS}?{bad}")).await.refused(400, "VALIDATION_FAILED");
        admin.get(&format!("{ROLES}?{bad}")).await.refused(400, "VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn changes_of_roles_are_audited_m34() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let _ = declare(&admin, "support", &["users:read"]).await;
    let binding = give(&admin, &alice, "support").await;
    let _ = admin.patch(&format!("{ROLES}/support"), json!({"permissions": ["users:*"]})).await.expect(200);
    let _ = admin.delete(&format!("{BINDINGS}/{}", binding["id"].as_str().unwrap()), json!({})).await;
    let _ = admin.delete(&format!("{ROLES}/support"), json!({})).await;
    let events = admin.get("/api/admin/audit-events?action=roles.").await.expect(200).json;
    let events = events["data"].as_array().unwrap();
    let actions: Vec<_> = events.iter().map(|event| event["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["roles.deleted", "roles.unbound", "roles.updated", "roles.bound", "roles.created"]);
    assert_eq!(events[2]["details"]["permissions_before"], "users:read");
    assert_eq!((&events[3]["subject"], &events[3]["details"]["role"]), (&alice.user["id"], &json!("support")));
    assert!(events.iter().all(|event| event["actor"] == admin.login.user["id"]));
}

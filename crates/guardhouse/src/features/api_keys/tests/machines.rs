//! Keys of service accounts and of tenants.

use serde_json::{Value, json};

use super::get;
use crate::testing::{Actor, TestApp};

const SERVICES: &str = "/api/admin/service-accounts";
const TENANTS: &str = "/api/admin/tenants";
const BINDINGS: &str = "/api/admin/role-bindings";

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// From nothing to a 200 for a machine: its scopes alone open nothing, a role alone neither.
#[tokio::test]
async fn a_machine_calls_by_a_key_what_its_roles_and_scopes_allow_m05_m22() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let service = admin.post(SERVICES, json!({"name": "deploy"})).await.expect(201).json;
    let keys = format!("{SERVICES}/{}/api-keys", text(&service["id"]));
    let made = admin.post(&keys, json!({"name": "ci", "scopes": ["users:read"]})).await.expect(201).json;
    assert_eq!(made["account_id"], service["id"]);
    let key = text(&made["api_key"]);
    let refused = get(&app, "/api/admin/users", &key).await;
    refused.refused(403, "FORBIDDEN");
    assert!(refused.text.contains("users:read"), "it says why: {}", refused.text);
    let _ = admin.post(BINDINGS, json!({"subject": service["id"], "role": "auditor"})).await.expect(201);
    let _ = get(&app, "/api/admin/users", &key).await.expect(200);
    get(&app, "/api/admin/audit-events", &key).await.refused(403, "FORBIDDEN");

    let one = format!("{keys}/{}", text(&made["id"]));
    let rotated = admin.post(&format!("{one}/rotate"), json!({"overlap": "1h"})).await.expect(200).json;
    for alive in [&key, &text(&rotated["api_key"])] {
        let _ = get(&app, "/api/admin/users", alive).await.expect(200);
    }
    let _ = admin.patch(&one, json!({"scopes": ["stats:read"]})).await.expect(200);
    get(&app, "/api/admin/users", &key).await.refused(403, "FORBIDDEN");
    assert_eq!(admin.get(&keys).await.expect(200).json["data"][0]["name"], "ci");
    assert_eq!(admin.delete(&one, json!({})).await.status, 204);
    get(&app, "/api/admin/stats", &key).await.refused(401, "INVALID_API_KEY");
}

#[tokio::test]
async fn a_tenants_key_acts_in_that_tenant_alone_m05_m25_t2() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let owner = app.register("owner").await;
    let tenant = |name: &str| admin.post(TENANTS, json!({"name": name}));
    let (one, two) = (tenant("one").await.expect(201).json, tenant("two").await.expect(201).json);
    let member = json!({"user_id": owner.user["id"], "role": "admin"});
    let _ = admin.post(&format!("{TENANTS}/{}/members", text(&one["id"])), member).await.expect(201);
    let owner = Actor::bearer(&app, owner);
    let keys = format!("{TENANTS}/{}/api-keys", text(&one["id"]));
    let made = owner.post(&keys, json!({"name": "sync", "scopes": ["members:read"]})).await.expect(201).json;
    let key = text(&made["api_key"]);
    let members = |tenant: &Value| format!("{TENANTS}/{}/members", text(&tenant["id"]));
    let _ = get(&app, &members(&one), &key).await.expect(200);
    get(&app, &members(&two), &key).await.refused(404, "NOT_FOUND");
    get(&app, "/api/admin/users", &key).await.refused(403, "FORBIDDEN");
    get(&app, &keys, &key).await.refused(403, "FORBIDDEN");
    // Its account is there once, and roles are given to it like to anybody.
    let second = owner.post(&keys, json!({"name": "more", "scopes": []})).await.expect(201).json;
    assert_eq!(second["account_id"], made["account_id"]);
    let foreign = format!("{TENANTS}/{}/api-keys", text(&two["id"]));
    owner.post(&foreign, json!({"name": "x", "scopes": []})).await.refused(404, "NOT_FOUND");
    let stolen = format!("{foreign}/{}", text(&made["id"]));
    admin.delete(&stolen, json!({})).await.refused(404, "NOT_FOUND");
    assert_eq!(owner.delete(&format!("{keys}/{}", text(&made["id"])), json!({})).await.status, 204);
    get(&app, &members(&one), &key).await.refused(401, "INVALID_API_KEY");
}

/// Whoever may make keys becomes no more than they are by the key of a machine that is more (`T3`).
#[tokio::test]
async fn nobody_makes_keys_of_a_machine_that_holds_more_t3() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let bob = app.actor("bob").await;
    for name in ["keeper"] {
        let role = json!({"name": name, "permissions": ["api-keys:*", "service-accounts:*"]});
        let _ = admin.post("/api/admin/roles", role).await.expect(201);
    }
    let _ = admin.post(BINDINGS, json!({"subject": bob.login.user["id"], "role": "keeper"})).await.expect(201);
    let strong = admin.post(SERVICES, json!({"name": "strong", "roles": ["admin"]})).await.expect(201).json;
    let weak = admin.post(SERVICES, json!({"name": "weak"})).await.expect(201).json;
    let keys = |service: &Value| format!("{SERVICES}/{}/api-keys", text(&service["id"]));
    let new = json!({"name": "x", "scopes": ["*"]});
    bob.post(&keys(&strong), new.clone()).await.refused(403, "FORBIDDEN");
    let _ = bob.post(&keys(&weak), new.clone()).await.expect(201);
    let made = admin.post(&keys(&strong), new.clone()).await.expect(201).json;
    let one = format!("{}/{}", keys(&strong), text(&made["id"]));
    bob.patch(&one, json!({"scopes": ["*"]})).await.refused(403, "FORBIDDEN");
    bob.post(&format!("{one}/rotate"), json!({})).await.refused(403, "FORBIDDEN");
    let on = json!({"subject": weak["id"], "role": "auditor", "resource": {"type": "t", "id": "1"}});
    let _ = admin.post(BINDINGS, on).await.expect(201);
    bob.post(&keys(&weak), new.clone()).await.refused(403, "FORBIDDEN");
    // A person is no machine.
    let person = format!("{SERVICES}/{}/api-keys", text(&bob.login.user["id"]));
    admin.post(&person, new).await.refused(404, "NOT_FOUND");
}

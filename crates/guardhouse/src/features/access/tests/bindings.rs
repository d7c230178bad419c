//! Roles held in a tenant and on one resource decide (M-21, M-23, M-25).

use serde_json::{Value, json};

use super::{EVALUATION, question};
use crate::testing::{Actor, TestApp};

const BINDINGS: &str = "/api/admin/role-bindings";

async fn reader(admin: &Actor<'_>) {
    let _ = admin.post("/api/admin/permissions", json!({"name": "record:read"})).await.expect(201);
    let role = json!({"name": "reader", "permissions": ["record:read"]});
    let _ = admin.post("/api/admin/roles", role).await.expect(201);
}

async fn decided(admin: &Actor<'_>, question: Value) -> (bool, Value) {
    let answer = admin.post(EVALUATION, question).await.expect(200).json;
    (answer["decision"].as_bool().unwrap(), answer["context"]["reasons"][0].clone())
}

#[tokio::test]
async fn a_role_on_one_resource_allows_there_alone_m23_t5() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    reader(&admin).await;
    let alice = app.register("alice").await;
    let who = format!("user:{}", alice.user_id());
    let ask = |id: &str| decided(&admin, question(&who, "read", &format!("record:{id}")));
    assert!(!ask("1").await.0);
    let body = json!({"subject": alice.user["id"], "role": "reader", "resource": {"type": "record", "id": "1"}});
    let binding = admin.post(BINDINGS, body).await.expect(201).json;
    let (allowed, reason) = ask("1").await;
    assert!(allowed && reason["type"] == "role", "{reason}");
    assert!(!ask("2").await.0 && !decided(&admin, question(&who, "write", "record:1")).await.0);
    // What a search finds is what a check allows.
    let search = json!({"subject": {"type": "user", "id": alice.user["id"]}, "action": {"name": "read"}, "resource": {"type": "record"}});
    let found = admin.post("/access/v1/search/resource", search).await.expect(200).json;
    assert_eq!(found["results"], json!([{"type": "record", "id": "1"}]));
    let path = format!("{BINDINGS}/{}", binding["id"].as_str().unwrap());
    assert_eq!(admin.delete(&path, json!({})).await.status, 204);
    assert!(!ask("1").await.0);
}

#[tokio::test]
async fn a_role_in_a_tenant_allows_for_what_is_the_tenants_m23_m25_t2() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    reader(&admin).await;
    let alice = app.register("alice").await;
    let tenant = |name: &'static str| admin.post("/api/admin/tenants", json!({"name": name}));
    let (own, other) = (tenant("own").await.expect(201).json, tenant("other").await.expect(201).json);
    let body = json!({"subject": alice.user["id"], "role": "reader", "tenant_id": own["id"]});
    let _ = admin.post(BINDINGS, body).await.expect(201);
    let ask = async |tenant: Value, place: &str| {
        let mut question = question(&format!("user:{}", alice.user_id()), "read", "record:1");
        match place {
            "resource" => question["resource"]["properties"] = json!({"tenant_id": tenant}),
            _ => question["context"] = json!({"tenant_id": tenant}),
        }
        decided(&admin, question).await.0
    };
    for place in ["resource", "context"] {
        assert!(ask(own["id"].clone(), place).await, "{place}");
        for foreign in [other["id"].clone(), json!("ten_01h455vb4pex5vsknk084sn02q"), json!("x"), json!(7), Value::Null]
        {
            assert!(!ask(foreign.clone(), place).await, "{place} {foreign}");
        }
    }
    // Nobody acts in a tenant that is disabled.
    let disable = format!("/api/admin/tenants/{}/disable", own["id"].as_str().unwrap());
    let _ = admin.post(&disable, json!({})).await.expect(200);
    assert!(!ask(own["id"].clone(), "resource").await);
}

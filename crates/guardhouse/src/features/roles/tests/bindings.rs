//! Who holds what where.

use guardhouse_core::time::Span;
use serde_json::{Value, json};

use super::{BINDINGS, declare, give};
use crate::{
    kernel::accounts,
    testing::{Actor, TestApp},
};

fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_role_on_one_resource_holds_there_alone_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let _ = declare(&admin, "editor", &["documents:write", "users:read"]).await;
    let body = json!({"subject": alice.user["id"], "role": "editor", "resource": {"type": "document", "id": "a/1"}});
    let binding = admin.post(BINDINGS, body.clone()).await.expect(201).json;
    assert_eq!(binding["resource"], json!({"type": "document", "id": "a/1"}));
    admin.post(BINDINGS, body).await.refused(409, "CONFLICT");
    Actor::bearer(&app, alice.clone()).get("/api/admin/users").await.refused(403, "FORBIDDEN");
    let account = accounts::existing(app.ctx(), alice.user_id()).await.unwrap();
    let held = async |kind: &str, id: &str| {
        let resource = guardhouse_core::scope::Resource { kind: kind.parse().unwrap(), id: id.parse().unwrap() };
        let scope = guardhouse_core::scope::Scope::Resource(None, resource);
        accounts::on_resource(app.ctx(), &account, &scope).await.unwrap()
    };
    assert!(held("document", "a/1").await.unwrap().allows("documents:write"));
    assert!(held("document", "a").await.is_none() && held("folder", "a/1").await.is_none());
    assert!(account.authority.roles.is_empty());
}

#[tokio::test]
async fn bindings_are_listed_by_what_is_asked_for_m21() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let _ = declare(&admin, "editor", &["documents:write"]).await;
    let one = give(&admin, &alice, "editor").await;
    app.advance(Span::seconds(1));
    let two = give(&admin, &bob, "editor").await;
    app.advance(Span::seconds(1));
    let on = json!({"subject": alice.user["id"], "role": "editor", "resource": {"type": "document", "id": "1"}});
    let three = admin.post(BINDINGS, on).await.expect(201).json;
    let id = |binding: &Value| binding["id"].as_str().unwrap().to_owned();
    let found = async |query: String| {
        let list = admin.get(&format!("{BINDINGS}?{query}")).await.expect(200).json;
        ids(&list).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found("role=editor".into()).await, [id(&three), id(&two), id(&one)]);
    assert_eq!(found(format!("subject={}", alice.user["id"].as_str().unwrap())).await, [id(&three), id(&one)]);
    assert_eq!(found("resource_type=document&resource_id=1".into()).await, [id(&three)]);
    assert!(found("resource_type=document&resource_id=2".into()).await.is_empty());
    let first = admin.get(&format!("{BINDINGS}?role=editor&limit=2")).await.expect(200).json;
    assert_eq!(found(format!("role=editor&cursor={}", first["next_cursor"].as_str().unwrap())).await, [id(&one)]);
    for bad in ["subject=x", "resource_id=%00", "role=a%20b", "cursor=1", "tenant_id=usr_x", "y=1"] {
        admin.get(&format!("{BINDINGS}?{bad}")).await.refused(400, "VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_binding_is_named_m39() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let refused = |body: Value, code: &'static str| {
        let admin = &admin;
        async move {
            let answer = admin.post(BINDINGS, body.clone()).await;
            answer.refused(400, "VALIDATION_FAILED");
            assert_eq!(answer.json["error"]["details"][0]["code"], code, "{body}: {}", answer.text);
        }
    };
    let who = &alice.user["id"];
    refused(json!({"subject": who, "role": "nobody"}), "UNKNOWN_ROLE").await;
    refused(json!({"subject": "usr_01h455vb4pex5vsknk084sn02q", "role": "auditor"}), "UNKNOWN_SUBJECT").await;
    refused(json!({"subject": "ten_01h455vb4pex5vsknk084sn02q", "role": "auditor"}), "INVALID_ID").await;
    for resource in [
        json!("x"),
        json!({"type": "a"}),
        json!({"type": "a/b", "id": "1"}),
        json!({"type": "a", "id": ""}),
        json!({"type": "a", "id": "1", "more": 1}),
        json!({"type": "a", "id": "a\u{0}"}),
    ] {
        refused(json!({"subject": who, "role": "auditor", "resource": resource}), "INVALID_RESOURCE").await;
    }
    let unknown = json!({"subject": who, "role": "auditor", "tenant_id": "ten_01h455vb4pex5vsknk084sn02q"});
    admin.post(BINDINGS, unknown).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn the_last_administrator_keeps_the_role_m17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let mine = format!("{BINDINGS}?role=admin&subject={}", admin.login.user["id"].as_str().unwrap());
    let list = admin.get(&mine).await.expect(200).json;
    let path = format!("{BINDINGS}/{}", ids(&list)[0]);
    admin.delete(&path, json!({})).await.refused(409, "CONFLICT");
    let bob = app.register("bob").await;
    let _ = give(&admin, &bob, "admin").await;
    assert_eq!(admin.delete(&path, json!({})).await.status, 204);
    admin.get(&mine).await.refused(403, "FORBIDDEN");
}

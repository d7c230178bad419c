//! Whose a key is, and what its owner may.

use guardhouse_store::Unit;
use http::Method;
use serde_json::json;

use super::{MINE, get, make, me, send};
use crate::{
    features::api_keys::{Among, NewKey, Owner, create, create_if, list},
    kernel::{accounts, audit::Who, http::page::PageQuery, sessions},
    testing::{Actor, Login, TestApp},
};

#[tokio::test]
async fn scopes_are_cut_to_what_the_owner_may_at_use_and_come_back_with_it_m05() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let (id, ctx) = (alice.login.user_id(), app.ctx());
    let key = make(&alice, &["users:read", "users:write"]).await;
    get(&app, "/api/admin/users", &key.text).await.refused(403, "FORBIDDEN");
    accounts::give_role(ctx, Unit::new(), id, accounts::ADMIN).run(ctx).await.unwrap();
    let _ = get(&app, "/api/admin/users", &key.text).await.expect(200);
    get(&app, "/api/admin/signing-keys", &key.text).await.refused(403, "FORBIDDEN");
    // A scoped key gives no role: its owner holds one by name, the key does not.
    let path = format!("/api/admin/users/{}", alice.login.user["id"].as_str().unwrap());
    send(&app, Method::PATCH, &path, &key.text, json!({"roles": ["admin", "editor"]})).await.refused(403, "FORBIDDEN");
    accounts::drop_role(ctx, Unit::new(), id, accounts::ADMIN).run(ctx).await.unwrap();
    get(&app, "/api/admin/users", &key.text).await.refused(403, "FORBIDDEN");
    let _ = me(&app, &key.text).await.expect(200);
}

#[tokio::test]
async fn a_disabled_owners_keys_are_dead_at_once_m05_o6() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let admin = app.admin().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let _ = me(&other, &key.text).await.expect(200);
    let path = format!("/api/admin/users/{}", alice.login.user["id"].as_str().unwrap());
    let _ = admin.post(&format!("{path}/disable"), json!({})).await.expect(200);
    me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
    other.caught_up().await;
    me(&other, &key.text).await.refused(401, "INVALID_API_KEY");
    let _ = admin.post(&format!("{path}/enable"), json!({})).await.expect(200);
    let _ = me(&app, &key.text).await.expect(200);
}

#[tokio::test]
async fn anothers_key_is_unknown_on_every_route_t1_a20() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let bob = app.actor("bob").await;
    let key = make(&alice, &[]).await;
    let rotate = format!("{}/rotate", key.path());
    for id in ["x", "key_01h455vb4pex5vsknk084sn02q", &alice.login.session] {
        alice.delete(&format!("{MINE}/{id}"), json!({})).await.refused(404, "NOT_FOUND");
    }
    bob.patch(&key.path(), json!({"name": "mine"})).await.refused(404, "NOT_FOUND");
    bob.post(&rotate, json!({})).await.refused(404, "NOT_FOUND");
    bob.delete(&key.path(), json!({})).await.refused(404, "NOT_FOUND");
    assert_eq!(bob.get(MINE).await.expect(200).json["data"], json!([]));
    // Nor by the right key under the wrong user.
    let admin = app.admin().await;
    let under = |login: &Login| format!("/api/admin/users/{}/api-keys", login.user["id"].as_str().unwrap());
    admin.delete(&format!("{}/{}", under(&bob.login), key.id), json!({})).await.refused(404, "NOT_FOUND");
    let _ = me(&app, &key.text).await.expect(200);

    let listed = admin.get(&under(&alice.login)).await.expect(200);
    assert_eq!(listed.json["data"][0]["id"], json!(key.id));
    let _ = admin.delete(&format!("{}/{}", under(&alice.login), key.id), json!({})).await.expect(204);
    me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
}

/// Whoever administrates with less touches no key of somebody who holds more (`T3`).
#[tokio::test]
async fn nobody_revokes_a_key_of_an_account_that_holds_more_t3() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let ours = make(&admin, &["*"]).await;
    let narrow = make(&admin, &["api-keys:read", "api-keys:write"]).await;
    let under = format!("/api/admin/users/{}/api-keys", admin.login.user["id"].as_str().unwrap());
    let _ = get(&app, &under, &narrow.text).await.expect(200);
    let path = format!("{under}/{}", ours.id);
    send(&app, Method::DELETE, &path, &narrow.text, json!({})).await.refused(403, "FORBIDDEN");
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let path = format!("/api/admin/users/{}/api-keys/{}", alice.login.user["id"].as_str().unwrap(), key.id);
    let _ = send(&app, Method::DELETE, &path, &narrow.text, json!({})).await.expect(204);
}

#[tokio::test]
async fn whoever_acts_in_anothers_name_makes_and_changes_no_key_m17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let path = format!("/api/admin/users/{}/impersonate", alice.login.user["id"].as_str().unwrap());
    let acting = Actor::bearer(&app, Login::read(&admin.post(&path, json!({})).await.expect(200)));
    let _ = acting.get(MINE).await.expect(200);
    acting.post(MINE, json!({"name": "ci", "scopes": []})).await.refused(403, "FORBIDDEN");
    acting.patch(&key.path(), json!({"name": "x"})).await.refused(403, "FORBIDDEN");
    acting.post(&format!("{}/rotate", key.path()), json!({})).await.refused(403, "FORBIDDEN");
    acting.delete(&key.path(), json!({})).await.refused(403, "FORBIDDEN");
}

/// The rules keep owners apart by tenant too, whoever calls them.
#[tokio::test]
async fn keys_of_one_tenant_are_unknown_in_another_t1() {
    let app = TestApp::new().await;
    let alice = app.register("alice").await;
    let tenant = |n: u8| Some(guardhouse_core::ids::TenantId::from_bytes([n; 16]));
    let owner = |tenant| Owner { account: alice.user_id(), tenant };
    let (ctx, page) = (app.ctx(), PageQuery::default());
    for of in [None, tenant(1), tenant(2)] {
        let new = NewKey { name: "ci".to_owned(), ..NewKey::default() };
        create(ctx, owner(of), &Who::system(), new).await.unwrap();
    }
    for of in [None, tenant(1), tenant(2)] {
        assert_eq!(list(ctx, Among::Of(owner(of)), &page).await.unwrap().data.len(), 1);
    }
    assert_eq!(list(ctx, Among::Of(owner(tenant(3))), &page).await.unwrap().data.len(), 0);
    assert_eq!(list(ctx, Among::All(alice.user_id()), &page).await.unwrap().data.len(), 3);
}

/// A login that ends while it asks for a key leaves none behind.
#[tokio::test]
async fn no_key_is_made_once_the_login_that_asks_has_ended_m05() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let (ctx, account) = (app.ctx(), alice.login.user_id());
    let proof = || sessions::still_lives(Unit::new(), alice.login.session.parse().unwrap(), account, ctx.now());
    let new = || NewKey { name: "ci".to_owned(), ..NewKey::default() };
    let owner = Owner { account, tenant: None };
    assert!(create_if(ctx, owner, &Who::system(), new(), proof()).await.is_ok());
    let _ = alice.post("/api/auth/logout", json!({})).await.expect(204);
    let refused = create_if(ctx, owner, &Who::system(), new(), proof()).await.err().unwrap();
    assert_eq!(refused.code().as_str(), "TOKEN_REVOKED");
    assert_eq!(list(ctx, Among::Of(owner), &PageQuery::default()).await.unwrap().data.len(), 1);
}

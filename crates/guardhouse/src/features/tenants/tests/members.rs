//! Who may give what to whom.

use guardhouse_store::params;
use serde_json::{Value, json};

use super::{inside, member, path, person, tenant, tenant_id};
use crate::{
    kernel::{
        accounts,
        changes::Act,
        roles::{self, Role},
    },
    testing::{Actor, TestApp},
};

fn one(of: &Value, actor: &Actor<'_>) -> String {
    path(of, &format!("/members/{}", actor.login.user_id()))
}

/// A role of the tenant's own, made as whoever may declare them makes it.
async fn declared(app: &TestApp, of: &Value, name: &str, permissions: &[&str], includes: &[&str]) {
    let ctx = app.ctx();
    let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    let id = guardhouse_core::ids::RoleId::new(ctx.now());
    let role = Role {
        id: Some(id),
        name: name.to_owned(),
        description: String::new(),
        tenant: Some(tenant_id(of)),
        permissions: owned(permissions),
        includes: owned(includes),
        created_at: None,
    };
    assert!(roles::add(ctx, Act::default(), id, &role).run(ctx).await.unwrap().is_some());
}

#[tokio::test]
async fn members_are_listed_changed_and_removed_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let owner = member(&app, &admin, &acme, "owner", "owner").await;
    let alice = member(&app, &admin, &acme, "alice", "member").await;
    let again = json!({"user_id": alice.login.user["id"], "role": "admin"});
    admin.post(&path(&acme, "/members"), again).await.refused(409, "CONFLICT");
    let unknown = json!({"user_id": "usr_01h455vb4pex5vsknk084sn02q", "role": "admin"});
    admin.post(&path(&acme, "/members"), unknown).await.refused(404, "NOT_FOUND");

    let listed = alice.get(&path(&acme, "/members?limit=2")).await.expect(200).json;
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    let rest = format!("/members?limit=2&cursor={}", listed["next_cursor"].as_str().unwrap());
    let rest = alice.get(&path(&acme, &rest)).await.expect(200).json;
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &Value::Null));

    let changed = owner.patch(&one(&acme, &alice), json!({"roles": ["admin", "member"]})).await.expect(200).json;
    assert_eq!(changed["roles"], json!(["admin", "member"]));
    let faults = owner.patch(&one(&acme, &alice), json!({"roles": []})).await.expect(400).faults();
    assert_eq!(faults, ["roles:REQUIRED"]);
    let _ = owner.delete(&one(&acme, &alice), json!({})).await.expect(204);
    owner.delete(&one(&acme, &alice), json!({})).await.refused(404, "NOT_FOUND");
    alice.get(&path(&acme, "/members")).await.refused(404, "NOT_FOUND");
}

/// A role that is taken, and a membership that ends, is gone from tokens that are out: here at once, elsewhere as soon as
/// the other node hears of it, and no refresh brings it back.
#[tokio::test]
async fn what_is_taken_is_gone_at_once_m25_o6() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let alice = member(&app, &admin, &acme, "alice", "admin").await;
    let within = inside(&app, &alice, &acme).await;
    let there = Actor::bearer(&node, within.login.clone());
    let (name, invitations) = (json!({"name": "Acme 2"}), path(&acme, "/invitations"));
    let _ = within.patch(&path(&acme, ""), name.clone()).await.expect(200);
    let _ = there.get(&invitations).await.expect(200);

    let _ = admin.patch(&one(&acme, &alice), json!({"roles": ["member"]})).await.expect(200);
    within.patch(&path(&acme, ""), name).await.refused(403, "FORBIDDEN");
    node.caught_up().await;
    there.get(&invitations).await.refused(403, "FORBIDDEN");
    let _ = there.get(&path(&acme, "")).await.expect(200);

    let _ = admin.delete(&one(&acme, &alice), json!({})).await.expect(204);
    within.get("/api/me").await.refused(401, "TOKEN_REVOKED");
    node.caught_up().await;
    there.get("/api/me").await.refused(401, "TOKEN_REVOKED");
    let refresh = json!({"refresh_token": within.login.refresh});
    node.post("/api/auth/refresh", refresh).await.refused(401, "INVALID_REFRESH_TOKEN");
    let _ = alice.get("/api/me").await.expect(200);
}

#[tokio::test]
async fn a_tenants_administrator_reaches_no_further_t3() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (acme, other) = (tenant(&admin, "Acme").await, tenant(&admin, "Other").await);
    let owner = member(&app, &admin, &acme, "owner", "owner").await;
    let carol = member(&app, &admin, &acme, "carol", "admin").await;
    let dave = member(&app, &admin, &acme, "dave", "member").await;
    let within = inside(&app, &carol, &acme).await;
    for actor in [&carol, &within] {
        // Nobody gives what they do not hold, to others or to themselves.
        actor.patch(&one(&acme, &dave), json!({"roles": ["owner"]})).await.refused(403, "FORBIDDEN");
        actor.patch(&one(&acme, &carol), json!({"roles": ["owner", "admin"]})).await.refused(403, "FORBIDDEN");
        let invite = json!({"email": "eve@example.com", "role": "owner"});
        actor.post(&path(&acme, "/invitations"), invite).await.refused(403, "FORBIDDEN");
        // Nobody acts on whoever holds more.
        actor.patch(&one(&acme, &owner), json!({"roles": ["member"]})).await.refused(403, "FORBIDDEN");
        actor.delete(&one(&acme, &owner), json!({})).await.refused(403, "FORBIDDEN");
        actor.delete(&path(&acme, ""), json!({})).await.refused(403, "FORBIDDEN");
        // Adding by id would show them somebody unasked.
        let body = json!({"user_id": admin.login.user["id"], "role": "member"});
        actor.post(&path(&acme, "/members"), body).await.refused(403, "FORBIDDEN");
        // What they hold in a tenant is worth nothing beside it.
        actor.get(&path(&other, "")).await.refused(404, "NOT_FOUND");
        for beside in ["/api/admin/tenants", "/api/admin/users", "/api/admin/stats", "/api/admin/signing-keys"] {
            actor.get(beside).await.refused(403, "FORBIDDEN");
        }
        actor.post("/api/admin/tenants", json!({"name": "Mine"})).await.refused(403, "FORBIDDEN");
        actor.post(&path(&acme, "/disable"), json!({})).await.refused(403, "FORBIDDEN");
    }
    let _ = carol.patch(&one(&acme, &dave), json!({"roles": ["admin"]})).await.expect(200);
    let _ = carol.delete(&one(&acme, &dave), json!({})).await.expect(204);
}

/// Whatever a tenant's own roles gather or include, it is held in that tenant alone, and given by those who hold it.
#[tokio::test]
async fn no_role_of_a_tenant_leads_out_of_it_t3() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (acme, other) = (tenant(&admin, "Acme").await, tenant(&admin, "Other").await);
    declared(&app, &acme, "everything", &["*"], &[]).await;
    declared(&app, &acme, "roundabout", &[], &["everything", "user-admin", "auditor"]).await;
    let carol = member(&app, &admin, &acme, "carol", "admin").await;
    let dave = member(&app, &admin, &acme, "dave", "member").await;
    for role in ["everything", "roundabout"] {
        carol.patch(&one(&acme, &dave), json!({"roles": [role]})).await.refused(403, "FORBIDDEN");
        let invite = json!({"email": "eve@example.com", "role": role});
        carol.post(&path(&acme, "/invitations"), invite).await.refused(403, "FORBIDDEN");
    }
    let _ = admin.patch(&one(&acme, &dave), json!({"roles": ["roundabout"]})).await.expect(200);
    let within = inside(&app, &dave, &acme).await;
    let _ = within.patch(&path(&acme, ""), json!({"name": "Acme 2"})).await.expect(200);
    for beside in ["/api/admin/tenants", "/api/admin/users", "/api/admin/audit-events/export", "/api/admin/stats"] {
        within.get(beside).await.refused(403, "FORBIDDEN");
    }
    within.get(&path(&other, "")).await.refused(404, "NOT_FOUND");
    for house in ["user-admin", "auditor", "decider"] {
        let faults = carol.patch(&one(&acme, &dave), json!({"roles": [house]})).await;
        assert!([400, 403].contains(&faults.status.as_u16()), "{}", faults.text);
    }
}

#[tokio::test]
async fn the_last_owner_stays_and_others_may_leave_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let owner = member(&app, &admin, &acme, "owner", "owner").await;
    let mine = |of: &Value| format!("/api/me/tenants/{}", of["id"].as_str().unwrap());
    let _ = admin.delete(&mine(&acme), json!({})).await.expect(204);
    owner.delete(&mine(&acme), json!({})).await.refused(409, "CONFLICT");
    owner.delete(&one(&acme, &owner), json!({})).await.refused(409, "CONFLICT");
    owner.patch(&one(&acme, &owner), json!({"roles": ["admin"]})).await.refused(409, "CONFLICT");
    let bob = member(&app, &admin, &acme, "bob", "member").await;
    let _ = owner.patch(&one(&acme, &bob), json!({"roles": ["owner"]})).await.expect(200);
    let _ = owner.delete(&mine(&acme), json!({})).await.expect(204);
    owner.delete(&mine(&acme), json!({})).await.refused(404, "NOT_FOUND");
    owner.delete("/api/me/tenants/ten_01h455vb4pex5vsknk084sn02q", json!({})).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn of_two_owners_who_remove_each_other_one_stays_m25() {
    let app = TestApp::with(|settings| settings.limits.register = crate::kernel::settings::Limit::OFF).await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    for round in 0..6 {
        let acme = tenant(&admin, &format!("Acme {round}")).await;
        let alice = member(&app, &admin, &acme, &format!("alice{round}"), "owner").await;
        let bob = member(&app, &admin, &acme, &format!("bob{round}"), "owner").await;
        let leave = format!("/api/me/tenants/{}", acme["id"].as_str().unwrap());
        let _ = admin.delete(&leave, json!({})).await.expect(204);
        let there = Actor::bearer(&node, bob.login.clone());
        node.caught_up().await;
        let (to_bob, to_alice) = (one(&acme, &bob), one(&acme, &alice));
        let (a, b) = tokio::join!(alice.delete(&to_bob, json!({})), there.delete(&to_alice, json!({})));
        let both = [a.status.as_u16(), b.status.as_u16()];
        assert!(both.contains(&204) && both != [204, 204], "{} {}", a.text, b.text);
        let left = accounts::members(app.ctx(), tenant_id(&acme), None, 10).await.unwrap();
        assert_eq!(left.len(), 1);
    }
}

/// A disabled account is no owner that one can count on.
#[tokio::test]
async fn an_owner_who_cannot_sign_in_does_not_count_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let bob = member(&app, &admin, &acme, "bob", "owner").await;
    let disable = format!("/api/admin/users/{}/disable", bob.login.user_id());
    let _ = admin.post(&disable, json!({})).await.expect(200);
    admin.delete(&one(&acme, &admin), json!({})).await.refused(409, "CONFLICT");
    let login = person(&app, "carol").await;
    let body = json!({"user_id": bob.login.user["id"], "role": "member"});
    let _ = admin.delete(&one(&acme, &bob), json!({})).await.expect(204);
    admin.post(&path(&acme, "/members"), body).await.refused(409, "CONFLICT");
    let held = "select 1 from role_bindings where subject = $1";
    assert!(app.rows(held, params![login.user_id()]).await.is_empty());
}

/// Nor does the end of the account leave a tenant's members without one.
#[tokio::test]
async fn the_last_owner_of_others_keeps_their_account_m25_m18() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let owner = member(&app, &admin, &acme, "owner", "owner").await;
    let _ = admin.delete(&one(&acme, &admin), json!({})).await.expect(204);
    let bob = member(&app, &admin, &acme, "bob", "member").await;
    owner.delete("/api/me", json!({})).await.refused(409, "CONFLICT");
    let user = format!("/api/admin/users/{}", owner.login.user_id());
    admin.delete(&user, json!({})).await.refused(409, "CONFLICT");
    let _ = owner.get("/api/me").await.expect(200);
    let _ = bob.delete(&format!("/api/me/tenants/{}", acme["id"].as_str().unwrap()), json!({})).await.expect(204);
    let _ = owner.delete("/api/me", json!({})).await.expect(204);
}

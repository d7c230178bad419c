//! `T3`: nobody gives what they lack, by no way round.

use serde_json::json;

use super::{BINDINGS, PERMISSIONS, ROLES, declare, give};
use crate::testing::{Actor, Answer, TestApp};

#[track_caller]
fn forbidden(answer: &Answer) {
    answer.refused(403, "FORBIDDEN");
}

async fn delegated<'a>(app: &'a TestApp, admin: &Actor<'_>) -> Actor<'a> {
    let bob = app.actor("bob").await;
    let _ = give(admin, &bob.login, "access-admin").await;
    bob
}

#[tokio::test]
async fn a_delegated_administrator_never_gives_what_they_lack_t3() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let bob = delegated(&app, &admin).await;
    let own = bob.login.user["id"].clone();
    let _ = declare(&admin, "power", &["*"]).await;
    let _ = declare(&admin, "helper", &["users:read"]).await;
    // To oneself or to others, by a role of the house or a declared one.
    for role in ["admin", "power", "user-admin", "helper"] {
        forbidden(&bob.post(BINDINGS, json!({"subject": own, "role": role})).await);
        let resource = json!({"subject": own, "role": role, "resource": {"type": "t", "id": "1"}});
        forbidden(&bob.post(BINDINGS, resource).await);
    }
    // By a role that gathers or includes it.
    for body in [
        json!({"name": "mine", "permissions": ["*"]}),
        json!({"name": "mine", "permissions": ["users:*"]}),
        json!({"name": "mine", "permissions": ["users:write"]}),
        json!({"name": "mine", "includes": ["admin"]}),
        json!({"name": "mine", "includes": ["power"]}),
    ] {
        forbidden(&bob.post(ROLES, body).await);
    }
    // By changing a role that somebody holds, or taking power out of it.
    forbidden(&bob.patch(&format!("{ROLES}/power"), json!({"permissions": []})).await);
    forbidden(&bob.patch(&format!("{ROLES}/helper"), json!({"permissions": ["users:write"]})).await);
    forbidden(&bob.patch(&format!("{ROLES}/helper"), json!({"includes": ["power"]})).await);
    forbidden(&bob.delete(&format!("{ROLES}/power"), json!({})).await);
    // Whoever declares a permission does not hold it.
    let _ = bob.post(PERMISSIONS, json!({"name": "documents:read"})).await.expect(201);
    forbidden(&bob.post(ROLES, json!({"name": "mine", "permissions": ["documents:read"]})).await);

    // What they hold they may give.
    let _ = bob.post(ROLES, json!({"name": "mine", "permissions": ["users:read", "roles:*"]})).await.expect(201);
    let alice = app.register("alice").await;
    let _ = give(&bob, &alice, "access-admin").await;
    forbidden(&bob.post(BINDINGS, json!({"subject": admin.login.user["id"], "role": "access-admin"})).await);
}

#[tokio::test]
async fn a_delegated_administrator_takes_nothing_from_those_above_t3() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let bob = delegated(&app, &admin).await;
    let list = admin.get(&format!("{BINDINGS}?role=admin")).await.expect(200).json;
    let path = format!("{BINDINGS}/{}", list["data"][0]["id"].as_str().unwrap());
    forbidden(&bob.delete(&path, json!({})).await);
    let _ = give(&admin, &admin.login, "access-admin").await;
    let own = admin.login.user["id"].as_str().unwrap();
    let list = admin.get(&format!("{BINDINGS}?role=access-admin&subject={own}")).await.expect(200).json;
    let path = format!("{BINDINGS}/{}", list["data"][0]["id"].as_str().unwrap());
    forbidden(&bob.delete(&path, json!({})).await);
}

/// A role given by the administration of users is held to the same bounds.
#[tokio::test]
async fn roles_of_users_are_bounded_alike_t3() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let bob = app.actor("bob").await;
    let _ = give(&admin, &bob.login, "user-admin").await;
    let alice = app.register("alice").await;
    let path = format!("/api/admin/users/{}", alice.user["id"].as_str().unwrap());
    forbidden(&bob.patch(&path, json!({"roles": ["admin"]})).await);
    forbidden(&bob.patch(&path, json!({"roles": ["auditor"]})).await);
    let _ = bob.patch(&path, json!({"roles": ["user-admin"]})).await.expect(200);
}

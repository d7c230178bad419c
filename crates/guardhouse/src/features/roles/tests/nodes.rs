//! Over nodes: a change holds at once here and is known elsewhere once the change log is read (rulings 12, 14).

use serde_json::json;

use super::{BINDINGS, ROLES, declare, give};
use crate::testing::{Actor, TestApp};

#[tokio::test]
async fn a_change_of_a_role_holds_on_other_nodes_m22_o6() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let _ = declare(&admin, "support", &["users:read"]).await;
    let binding = give(&admin, &alice, "support").await;
    node.caught_up().await;
    let elsewhere = Actor::bearer(&node, alice.clone());
    let _ = elsewhere.get("/api/admin/users").await.expect(200);
    let _ = admin.patch(&format!("{ROLES}/support"), json!({"permissions": []})).await.expect(200);
    node.caught_up().await;
    elsewhere.get("/api/admin/users").await.refused(403, "FORBIDDEN");
    let _ = admin.patch(&format!("{ROLES}/support"), json!({"permissions": ["users:read"]})).await.expect(200);
    node.caught_up().await;
    let _ = elsewhere.get("/api/admin/users").await.expect(200);
    let path = format!("{BINDINGS}/{}", binding["id"].as_str().unwrap());
    assert_eq!(admin.delete(&path, json!({})).await.status, 204);
    node.caught_up().await;
    elsewhere.get("/api/admin/users").await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn of_two_nodes_that_give_a_role_at_once_one_does_m21() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    let elsewhere = Actor::bearer(&node, admin.login.clone());
    let alice = app.register("alice").await;
    let body = json!({"subject": alice.user["id"], "role": "auditor"});
    let (one, two) = tokio::join!(admin.post(BINDINGS, body.clone()), elsewhere.post(BINDINGS, body));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let role = json!({"name": "support"});
    let (one, two) = tokio::join!(admin.post(ROLES, role.clone()), elsewhere.post(ROLES, role));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

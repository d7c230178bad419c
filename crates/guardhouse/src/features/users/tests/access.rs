//! Who may do what to whom.

use guardhouse_core::{email::DisplayName, principal::Authority};
use serde_json::json;

use super::path;
use crate::{
    features::users::{self, By, Changes, NewUser},
    kernel::{
        accounts::{self, Account},
        errors::{Code, Result},
        principal::{CredentialKind, Principal},
    },
    testing::{Actor, Login, TestApp},
};

/// Somebody who may manage users and nothing else.
fn helpdesk(login: &Login) -> By {
    let authority = Authority {
        roles: vec!["helpdesk".to_owned()],
        included: ["helpdesk".to_owned()].into(),
        permissions: ["users:*".to_owned()].into(),
        within: None,
    };
    let principal = Principal {
        subject: login.user_id(),
        tenant: None,
        credential: CredentialKind::AccessToken,
        session: None,
        grant: None,
        assurance: None,
        authority: authority.into(),
        in_tenant: None,
        actor: None,
        api_key: None,
    };
    let client = crate::kernel::http::client::Client {
        ip: "192.0.2.1".parse().unwrap(),
        secure: true,
        loopback: false,
        request_id: "test".into(),
        user_agent: None,
    };
    By::caller(&principal, &client)
}

#[track_caller]
fn forbidden<T>(result: Result<T>) {
    assert_eq!(result.err().map(|error| error.code()), Some(Code::Forbidden));
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_hold_t3() {
    let app = TestApp::new().await;
    let ctx = app.ctx();
    let by = helpdesk(&app.register("help").await);
    let alice = app.register("alice").await.user_id();
    let new = |role: &str| NewUser {
        email: format!("{role}@example.com").parse().unwrap(),
        name: DisplayName::parse("x").unwrap(),
        password: None,
        roles: vec![role.to_owned()],
        email_verified: false,
    };
    let roles = |role: &str| Changes { roles: Some(vec![role.to_owned()]), ..Changes::default() };
    for role in ["admin", "editor"] {
        forbidden(users::create(ctx, &by, new(role)).await);
        forbidden(users::update(ctx, &by, alice, roles(role)).await);
    }
    assert_eq!(users::create(ctx, &by, new("helpdesk")).await.unwrap().authority.roles, ["helpdesk"]);
    assert_eq!(users::update(ctx, &by, alice, roles("helpdesk")).await.unwrap().authority.roles, ["helpdesk"]);
}

#[tokio::test]
async fn nobody_touches_an_account_that_holds_more_t3() {
    let app = TestApp::new().await;
    let ctx = app.ctx();
    let admin = app.admin().await.login.user_id();
    let by = helpdesk(&app.register("help").await);
    let name = Changes { name: Some(DisplayName::parse("x").unwrap()), ..Changes::default() };
    forbidden(users::update(ctx, &by, admin, name).await);
    forbidden(users::disable(ctx, &by, admin).await);
    forbidden(users::enable(ctx, &by, admin).await);
    forbidden(users::unlock(ctx, &by, admin).await);
    forbidden(users::reset(ctx, &by, admin).await);
    forbidden(users::delete(ctx, &by, admin).await);
    forbidden(users::end_all(ctx, &by, admin).await);
}

async fn is_admin(app: &TestApp, login: &Login) -> bool {
    let account: Account = accounts::existing(app.ctx(), login.user_id()).await.unwrap();
    account.authority.allows("*") && account.disabled_at.is_none()
}

#[tokio::test]
async fn the_last_administrator_stays_m17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let own = admin.login.clone();
    admin.delete(&path(&own, ""), json!({})).await.refused(409, "CONFLICT");
    admin.post(&path(&own, "/disable"), json!({})).await.refused(409, "CONFLICT");
    admin.patch(&path(&own, ""), json!({"roles": []})).await.refused(409, "CONFLICT");
    assert!(is_admin(&app, &own).await);
    let bob = app.register("bob").await;
    let _ = admin.patch(&path(&bob, ""), json!({"roles": ["admin"]})).await.expect(200);
    let _ = admin.patch(&path(&own, ""), json!({"roles": []})).await.expect(200);
    admin.get("/api/admin/users").await.refused(403, "FORBIDDEN");
    let bob = Actor::bearer(&app, bob);
    bob.delete(&path(&bob.login, ""), json!({})).await.refused(409, "CONFLICT");
}

#[tokio::test]
async fn two_administrators_who_disable_each_other_leave_one_m17() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let admin = app.admin().await;
    let bob = app.register("bob").await;
    let _ = admin.patch(&path(&bob, ""), json!({"roles": ["admin"]})).await.expect(200);
    let (system, one, two) = (By::system(), admin.login.user_id(), bob.user_id());
    let (a, b) = tokio::join!(users::disable(app.ctx(), &system, two), users::disable(other.ctx(), &system, one));
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    assert!(is_admin(&app, &admin.login).await != is_admin(&app, &bob).await);
}

/// M-34: the log says which roles were given and taken, not only that they changed.
#[tokio::test]
async fn the_audit_log_says_which_roles_were_given_and_taken_m34() {
    use crate::kernel::audit::{Filter, list};
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let users = json!({"users": [{"email": "bob@example.com", "roles": ["editor", "author"]}]});
    let _ = admin.post("/api/admin/users/import", users).await.expect(200);
    let found = admin.get("/api/admin/users?q=bob").await.expect(200).json;
    let path = format!("/api/admin/users/{}", found["data"][0]["id"].as_str().unwrap());
    let _ = admin.patch(&path, json!({"roles": ["editor", "reader"]})).await.expect(200);
    let events = list(app.ctx(), &Filter { limit: 50, ..Filter::default() }).await.unwrap().events;
    let details = |action: &str| json!(events.iter().find(|event| event.action == action).unwrap().details);
    assert_eq!(details("users.imported")["roles"], "author editor");
    let updated = details("users.updated");
    assert_eq!((&updated["roles_given"], &updated["roles_taken"]), (&json!("reader"), &json!("author")));
}

//! Acting in a tenant: tokens, cookies, refresh, step-up.

use guardhouse_core::time::Span;
use http::Method;
use serde_json::json;

use super::{UNKNOWN, claims, id, inside, member, path, switch, tenant};
use crate::{
    kernel::login::RECENT,
    testing::{Actor, Login, PASSWORD, TestApp},
};

async fn refresh(app: &TestApp, login: &Login) -> Login {
    Login::read(&app.post("/api/auth/refresh", json!({"refresh_token": login.refresh})).await.expect(200))
}

#[tokio::test]
async fn two_tabs_of_one_login_act_in_different_tenants_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    app.advance(Span::seconds(1));
    let other = tenant(&admin, "Other").await;
    let alice = member(&app, &admin, &acme, "alice", "admin").await;
    let body = json!({"user_id": alice.login.user["id"], "role": "member"});
    let _ = admin.post(&path(&other, "/members"), body).await.expect(201);

    let mine = alice.get("/api/me/tenants").await.expect(200).json;
    assert_eq!((&mine["data"][0]["id"], &mine["data"][1]["roles"]), (&acme["id"], &json!(["member"])));
    assert!(claims(&alice.login.access).get("tenant_id").is_none());
    let one = inside(&app, &alice, &acme).await.login;
    let two = inside(&app, &alice, &other).await.login;
    assert!(one.session == alice.login.session && two.session == one.session, "a switch keeps the session");
    let said = claims(&one.access);
    assert_eq!((&said["tenant_id"], &said["roles"]), (&acme["id"], &json!(["admin", "member"])));
    assert!(said["permissions"].as_array().unwrap().contains(&json!("members:*")));

    let (one, two, out) = (refresh(&app, &one).await, refresh(&app, &two).await, refresh(&app, &alice.login).await);
    assert_eq!(claims(&one.access)["tenant_id"], acme["id"]);
    assert_eq!(claims(&two.access)["tenant_id"], other["id"]);
    assert!(claims(&out.access).get("tenant_id").is_none());

    let back = switch(&Actor::bearer(&app, one.clone()), "none").await.expect(200);
    assert!(claims(back.json["access_token"].as_str().unwrap()).get("tenant_id").is_none());
    // Tokens for one tenant do nothing in another, though their holder belongs to both.
    let one = Actor::bearer(&app, one);
    one.get(&path(&other, "")).await.refused(404, "NOT_FOUND");
    let _ = one.get(&path(&acme, "")).await.expect(200);
    for nowhere in [UNKNOWN, "x", "ten_", id(&tenant(&admin, "Third").await)] {
        switch(&one, nowhere).await.refused(404, "NOT_FOUND");
    }
    let _ = one.post("/api/auth/logout", json!({})).await.expect(204);
    for login in [&two, &out] {
        let refresh = json!({"refresh_token": login.refresh});
        app.post("/api/auth/refresh", refresh).await.refused(401, "INVALID_REFRESH_TOKEN");
        Actor::bearer(&app, login.clone()).get("/api/me").await.refused(401, "TOKEN_REVOKED");
    }
}

/// A stolen access token lives for minutes and must not become a refresh token, which lives for days.
#[tokio::test]
async fn an_access_token_alone_switches_only_right_after_a_proof_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let alice = member(&app, &admin, &acme, "alice", "member").await;
    let bob = member(&app, &admin, &acme, "bob", "member").await;
    app.advance(RECENT + Span::seconds(1));
    switch(&alice, id(&acme)).await.refused(401, "STEP_UP_REQUIRED");
    let to = format!("/api/me/tenants/{}/switch", id(&acme));
    let with = |login: &Login| json!({"refresh_token": login.refresh});
    alice.post(&to, with(&bob.login)).await.refused(401, "INVALID_REFRESH_TOKEN");
    alice.post(&to, json!({"refresh_token": "gdr_x"})).await.refused(401, "INVALID_REFRESH_TOKEN");
    let _ = alice.post(&to, with(&alice.login)).await.expect(200);
    let _ = refresh(&app, &alice.login).await;
    let _ = alice.post(&to, with(&alice.login)).await.expect(200);
}

/// The proof renews the secrets of the tab that gave it, and leaves those of others alone.
#[tokio::test]
async fn a_step_up_in_one_tab_ends_no_other_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let alice = member(&app, &admin, &acme, "alice", "member").await;
    let within = inside(&app, &alice, &acme).await;
    app.advance(Span::minutes(2));
    let again = within.post("/api/auth/step-up", json!({"password": PASSWORD})).await.expect(200);
    let again = Login::read(&again);
    assert_eq!(claims(&again.access)["tenant_id"], acme["id"]);
    let _ = refresh(&app, &alice.login).await;
    let next = refresh(&app, &again).await;
    assert_eq!(claims(&next.access)["tenant_id"], acme["id"]);
    let spent = json!({"refresh_token": within.login.refresh});
    app.post("/api/auth/refresh", spent).await.refused(401, "REFRESH_TOKEN_REUSED");
}

#[tokio::test]
async fn a_session_has_only_so_many_grants_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let alice = member(&app, &admin, &acme, "alice", "member").await;
    let mut logins = Vec::new();
    for _ in 0..22 {
        app.advance(Span::seconds(1));
        logins.push(inside(&app, &alice, &acme).await.login);
    }
    let live = "select 1 from grants where ended_at is null and account_id = $1";
    assert_eq!(app.rows(live, guardhouse_store::params![alice.login.user_id()]).await.len(), 20);
    let _ = refresh(&app, &logins[21]).await;
    let first = json!({"refresh_token": logins[0].refresh});
    app.post("/api/auth/refresh", first).await.refused(401, "INVALID_REFRESH_TOKEN");
}

#[tokio::test]
async fn a_cookie_session_acts_in_a_tenant_with_a_new_cookie_m25() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    member(&app, &admin, &acme, "alice", "admin").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let login = app.post("/api/auth/login", body).await.expect(200);
    let outside = Actor::cookie(&app, &login);
    app.advance(RECENT + Span::seconds(1));
    let answer = switch(&outside, id(&acme)).await.expect(200);
    assert!(answer.json.get("access_token").is_none());
    let within = Actor::cookie(&app, &answer);
    assert_eq!(within.login.session, outside.login.session);
    outside.get("/api/me").await.refused(401, "TOKEN_MISSING");
    let _ = within.get("/api/admin/service-accounts").await.expect(200);
    let there = Actor::cookie(&node, &answer);
    let _ = there.get("/api/admin/service-accounts").await.expect(200);

    let renewed = within.post("/api/auth/refresh", json!({})).await.expect(200);
    let within = Actor::cookie(&app, &renewed);
    let back = Actor::cookie(&app, &switch(&within, "none").await.expect(200));
    back.get("/api/admin/service-accounts").await.refused(403, "FORBIDDEN");
    let one = path(&acme, &format!("/members/{}", back.login.user_id()));
    let again = Actor::cookie(&app, &switch(&back, id(&acme)).await.expect(200));
    let _ = admin.send(Method::DELETE, &one, json!({})).await.expect(204);
    again.get("/api/me").await.refused(401, "TOKEN_MISSING");
}

#[tokio::test]
async fn a_login_may_lead_straight_into_a_tenant_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let alice = member(&app, &admin, &acme, "alice", "member").await;
    app.register("bob").await;
    let into = |name: &str, tenant: &str, password: &str| {
        let email = format!("{name}@example.com");
        app.post("/api/auth/login", json!({"email": email, "password": password, "tenant": tenant}))
    };
    for named in ["acme", id(&acme)] {
        let login = Login::read(&into("alice", named, PASSWORD).await.expect(200));
        assert_eq!(claims(&login.access)["tenant_id"], acme["id"]);
        assert_eq!(claims(&refresh(&app, &login).await.access)["tenant_id"], acme["id"]);
    }
    // Who is a member is said to nobody who does not know the password, and a tenant that is none is like any other.
    into("bob", "acme", "wrong").await.refused(401, "INVALID_CREDENTIALS");
    let sessions = "select 1 from sessions";
    let before = app.rows(sessions, vec![]).await.len();
    for named in ["acme", "nowhere", UNKNOWN, id(&acme), "Acme", "%"] {
        into("bob", named, PASSWORD).await.refused(403, "FORBIDDEN");
    }
    assert_eq!(app.rows(sessions, vec![]).await.len(), before, "no session was made");
    app.login("bob").await;
    let denied = "select 1 from audit_events where action = 'password.login' and outcome = 'denied'";
    assert_eq!(app.rows(denied, vec![]).await.len(), 6);
    drop(alice);
}

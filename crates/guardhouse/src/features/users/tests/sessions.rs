//! Sessions of others: ended at once on every node, and acting in another's name.

use guardhouse_core::time::Span;
use serde_json::json;

use super::path;
use crate::{
    features::users::UserSettings,
    kernel::{changes, settings::Settings},
    testing::{Actor, Answer, Login, PASSWORD, TestApp},
};

/// The answer once the node has read the change log, as it does at each poll.
async fn after_the_poll(node: &TestApp, login: &Login) -> Answer {
    let _ = changes::load(node.ctx()).await.unwrap();
    Actor::bearer(node, login.clone()).get("/api/me").await
}

#[tokio::test]
async fn a_disabled_user_is_refused_on_two_nodes_m03_7_4_2() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let _ = Actor::bearer(&other, alice.clone()).get("/api/me").await.expect(200);
    let disabled = admin.post(&path(&alice, "/disable"), json!({})).await.expect(200);
    assert_eq!(disabled.json["disabled"], true);

    Actor::bearer(&app, alice.clone()).get("/api/me").await.refused(401, "TOKEN_REVOKED");
    after_the_poll(&other, &alice).await.refused(401, "TOKEN_REVOKED");
    for node in [&app, &other] {
        let refreshed = node.post("/api/auth/refresh", json!({"refresh_token": alice.refresh})).await;
        refreshed.refused(401, "INVALID_REFRESH_TOKEN");
        node.try_login("alice", crate::testing::PASSWORD).await.refused(403, "ACCOUNT_DISABLED");
    }
    let _ = admin.post(&path(&alice, "/enable"), json!({})).await.expect(200);
    app.login("alice").await;
    Actor::bearer(&app, alice).get("/api/me").await.refused(401, "TOKEN_REVOKED");
}

#[tokio::test]
async fn an_administrator_ends_one_session_or_all_a20() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let admin = app.admin().await;
    let (first, second) = (app.register("alice").await, app.login("alice").await);
    let listed = admin.get(&path(&first, "/sessions")).await.expect(200);
    assert_eq!(listed.json["data"].as_array().unwrap().len(), 2);

    let own = path(&first, &format!("/sessions/{}", admin.login.session));
    admin.delete(&own, json!({})).await.refused(404, "NOT_FOUND");
    let _ = admin.get("/api/me").await.expect(200);
    let _ = admin.delete(&path(&first, &format!("/sessions/{}", first.session)), json!({})).await.expect(204);
    Actor::bearer(&app, first.clone()).get("/api/me").await.refused(401, "TOKEN_REVOKED");
    after_the_poll(&other, &first).await.refused(401, "TOKEN_REVOKED");
    let _ = Actor::bearer(&app, second.clone()).get("/api/me").await.expect(200);

    let _ = admin.delete(&path(&first, "/sessions"), json!({})).await.expect(204);
    after_the_poll(&other, &second).await.refused(401, "TOKEN_REVOKED");
    assert_eq!(admin.get(&path(&first, "/sessions")).await.json["data"], json!([]));
}

#[tokio::test]
async fn acting_in_anothers_name_says_so_and_proves_nothing_m17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let answer = admin.post(&path(&alice, "/impersonate"), json!({"reason": "ticket 7"})).await.expect(200);
    let acting = Actor::bearer(&app, Login::read(&answer));
    let me = acting.get("/api/me").await.expect(200);
    assert_eq!(me.json["id"], alice.user["id"]);
    assert_ne!(acting.login.session, alice.session);
    let claims = crate::kernel::tokens::verify(app.ctx(), &acting.login.access).await.unwrap();
    assert_eq!(claims.actor, Some(admin.login.user_id()));
    acting.get("/api/admin/users").await.refused(403, "FORBIDDEN");

    let events =
        crate::kernel::audit::Filter { action: Some("users.impersonated".into()), limit: 5, ..Default::default() };
    let event = crate::kernel::audit::list(app.ctx(), &events).await.unwrap().events.remove(0);
    assert_eq!(event.actor, Some(admin.login.user_id().to_string()));
    assert_eq!(event.details["reason"], "ticket 7");

    let own = path(&admin.login, "/impersonate");
    admin.post(&own, json!({})).await.refused(409, "CONFLICT");
    app.advance(Span::hours(1));
    let late = app.post("/api/auth/refresh", json!({"refresh_token": acting.login.refresh})).await;
    assert_eq!(late.status, 401, "{}", late.text);
}

#[test]
fn nobody_acts_in_anothers_name_for_longer_than_an_hour_m17() {
    let mut settings = crate::testing::settings();
    let found =
        |settings: &Settings| settings.check().err().is_some_and(|e| e.to_string().contains("impersonation_ttl"));
    assert!(!found(&settings));
    settings.set(UserSettings { impersonation_ttl: Span::hours(2), ..UserSettings::default() });
    assert!(found(&settings));
}

#[tokio::test]
async fn acting_ends_with_the_actors_own_sessions_m17_a20() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let bob = app.register("bob").await;
    let _ = admin.patch(&path(&bob, ""), json!({"roles": ["admin"]})).await.expect(200);
    let alice = app.register("alice").await;
    let bob = Actor::bearer(&app, bob);
    let acting = |answer: Answer| Actor::bearer(&app, Login::read(&answer.expect(200)));

    let first = acting(bob.post(&path(&alice, "/impersonate"), json!({})).await);
    let _ = admin.delete(&path(&bob.login, "/sessions"), json!({})).await.expect(204);
    first.get("/api/me").await.refused(401, "TOKEN_REVOKED");

    let bob = Actor::bearer(&app, app.login("bob").await);
    let second = acting(bob.post(&path(&alice, "/impersonate"), json!({})).await);
    let _ = second.get("/api/me").await.expect(200);
    let _ = admin.patch(&path(&bob.login, ""), json!({"roles": []})).await.expect(200);
    second.get("/api/me").await.refused(401, "TOKEN_REVOKED");
    let refreshed = app.post("/api/auth/refresh", json!({"refresh_token": second.login.refresh})).await;
    refreshed.refused(401, "INVALID_REFRESH_TOKEN");
}

/// Sessions that live, and such as ended without a word in the change log.
async fn live_and_untold(app: &TestApp) -> (usize, usize) {
    let live = app.rows("select id from sessions where ended_at is null", vec![]).await;
    let untold = "select id from sessions where ended_at is not null and id not in (select key from change_log)";
    (live.len(), app.rows(untold, vec![]).await.len())
}

/// Each sees the other's session, so one of the two stays, and nodes are told of the other.
#[tokio::test]
async fn logins_at_once_on_two_nodes_keep_the_cap_m04() {
    let app = TestApp::with(|settings| settings.sessions.max_per_user = 1).await;
    let other = app.another_node().await;
    app.register("alice").await;
    for _ in 0..8 {
        let (here, there) = tokio::join!(app.login("alice"), other.login("alice"));
        assert_eq!(live_and_untold(&app).await, (1, 0));
        let mut known = 0;
        for login in [&here, &there] {
            known += usize::from(after_the_poll(&app, login).await.status == 200);
        }
        assert_eq!(known, 1);
        let grants = app.rows("select id from grants where ended_at is null", vec![]).await;
        assert_eq!(grants.len(), 1);
    }
}

/// A login that commits while all others end is either told of as ended or lives, its grant with it.
#[tokio::test]
async fn a_login_while_all_sessions_end_is_told_of_or_lives_m03() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let sessions = path(&alice, "/sessions");
    for _ in 0..16 {
        let (_, ended, _) =
            tokio::join!(other.login("alice"), admin.delete(&sessions, json!({})), other.login("alice"));
        let _ = ended.expect(204);
        assert_eq!(live_and_untold(&app).await.1, 0);
        let torn = "select g.id from grants g join sessions s on s.id = g.session_id
            where (g.ended_at is null) <> (s.ended_at is null)";
        assert_eq!(app.rows(torn, vec![]).await.len(), 0);
    }
}

/// Knowing the person's password makes nobody that person, and their logins are not for others to end.
#[tokio::test]
async fn acting_takes_no_password_and_ends_itself_alone_m17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    for by_token in [false, true] {
        let answer = admin.post(&path(&alice, "/impersonate"), json!({})).await.expect(200);
        let acting = Actor::bearer(&app, Login::read(&answer));
        let proof = json!({"password": PASSWORD});
        acting.post("/api/auth/step-up", proof).await.refused(403, "FORBIDDEN");
        let change = json!({"current_password": PASSWORD, "new_password": "staple paper clip"});
        acting.post("/api/me/password", change).await.refused(403, "FORBIDDEN");

        let _ = if by_token {
            let body = json!({"all": true, "refresh_token": acting.login.refresh});
            app.post("/api/auth/logout", body).await.expect(204)
        } else {
            acting.post("/api/auth/logout", json!({"all": true})).await.expect(204)
        };
        acting.get("/api/me").await.refused(401, "TOKEN_REVOKED");
        let _ = Actor::bearer(&app, alice.clone()).get("/api/me").await.expect(200);
    }
    let events = crate::kernel::audit::Filter { action: Some("jwt.logout".into()), limit: 5, ..Default::default() };
    let events = crate::kernel::audit::list(app.ctx(), &events).await.unwrap().events;
    let actor = Some(admin.login.user_id().to_string());
    assert_eq!(events.iter().filter(|event| event.actor == actor).count(), 2);
}

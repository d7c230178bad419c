//! Refresh tokens: rotation, reuse, races, restarts (M-02; `O3`, `O4`, `O6`; RFC 9700 section 4.14).

use std::collections::BTreeSet;

use futures_util::future::join_all;
use guardhouse_core::time::Span;
use guardhouse_store::params;
use serde_json::json;

use crate::{
    kernel::settings::Limit,
    testing::{Actor, Answer, Login, TestApp},
};

async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.post("/api/auth/refresh", json!({"refresh_token": token})).await
}

async fn unlimited() -> TestApp {
    TestApp::with(|settings| settings.limits.refresh = Limit::OFF).await
}

async fn rotations(app: &TestApp) -> i64 {
    app.rows("select cast(sum(refreshes) as bigint) from grants", vec![]).await[0].int(0).unwrap()
}

/// All two hundred get the one successor, and the grant turned once.
async fn race(nodes: &[&TestApp]) {
    let app = nodes[0];
    let login = app.register("alice").await;
    let tries = (0..200).map(|at| refresh(nodes[at % nodes.len()], &login.refresh));
    let answers = join_all(tries).await;
    let mut successors = BTreeSet::new();
    for answer in answers {
        let next = Login::read(&answer.expect(200));
        assert_eq!(next.session, login.session);
        successors.insert(next.refresh);
    }
    assert_eq!(successors.len(), 1, "one successor");
    assert_eq!(rotations(app).await, 1);

    // Once the grace is over the spent one gives its copy away, and ends the whole login.
    app.advance(Span::seconds(11));
    let successor = successors.pop_first().unwrap();
    let third = Login::read(&refresh(nodes[nodes.len() - 1], &successor).await.expect(200));
    for spent in [&login.refresh] {
        refresh(app, spent).await.refused(401, "REFRESH_TOKEN_REUSED");
    }
    for dead in [&login.refresh, &successor, &third.refresh] {
        for node in nodes {
            refresh(node, dead).await.refused(401, "INVALID_REFRESH_TOKEN");
        }
    }
    Actor::bearer(app, third).get("/api/me").await.refused(401, "TOKEN_REVOKED");
    assert_eq!(app.audited().await.iter().filter(|action| *action == "jwt.refresh_reused").count(), 1);
}

#[tokio::test]
async fn two_hundred_at_once_get_one_successor_o3() {
    let app = unlimited().await;
    race(&[&app]).await;
}

#[tokio::test]
async fn two_hundred_at_once_on_two_nodes_get_one_successor_o3() {
    let app = unlimited().await;
    let other = app.another_node().await;
    race(&[&app, &other]).await;
}

#[tokio::test]
async fn the_grace_is_ten_seconds_and_one_generation_m02() {
    let app = TestApp::new().await;
    let login = app.register("alice").await;
    let second = Login::read(&refresh(&app, &login.refresh).await.expect(200));
    app.advance(Span::seconds(10));
    let again = Login::read(&refresh(&app, &login.refresh).await.expect(200));
    assert_eq!(again.refresh, second.refresh, "the same successor");
    let third = Login::read(&refresh(&app, &second.refresh).await.expect(200));
    // Two generations behind is reuse, however soon.
    refresh(&app, &login.refresh).await.refused(401, "REFRESH_TOKEN_REUSED");
    refresh(&app, &third.refresh).await.refused(401, "INVALID_REFRESH_TOKEN");
}

#[tokio::test]
async fn one_second_after_the_grace_is_reuse_m02() {
    let app = TestApp::new().await;
    let login = app.register("alice").await;
    let _ = refresh(&app, &login.refresh).await.expect(200);
    app.advance(Span::seconds(11));
    refresh(&app, &login.refresh).await.refused(401, "REFRESH_TOKEN_REUSED");
}

#[tokio::test]
async fn a_spent_token_stays_spent_after_a_restart_o4() {
    let app = TestApp::new().await;
    let login = app.register("alice").await;
    let second = Login::read(&refresh(&app, &login.refresh).await.expect(200));
    app.advance(Span::seconds(11));
    let app = app.restarted().await;
    refresh(&app, &login.refresh).await.refused(401, "REFRESH_TOKEN_REUSED");
    let app = app.restarted().await;
    refresh(&app, &second.refresh).await.refused(401, "INVALID_REFRESH_TOKEN");
    Actor::bearer(&app, second).get("/api/me").await.refused(401, "TOKEN_REVOKED");
}

/// A database put back to an older copy would accept spent tokens again; a genuine token from its future tells.
#[tokio::test]
async fn a_generation_from_the_future_ends_the_grant_o4() {
    let app = TestApp::new().await;
    let first = app.register("alice").await;
    let second = Login::read(&refresh(&app, &first.refresh).await.expect(200));
    let app = app.restarted().await;
    assert_eq!(app.change("update grants set generation = 1", vec![]).await, 1);
    refresh(&app, &second.refresh).await.refused(401, "REFRESH_TOKEN_REUSED");
    refresh(&app, &first.refresh).await.refused(401, "INVALID_REFRESH_TOKEN");
    assert!(app.audited().await.contains(&"jwt.refresh_from_the_future".to_owned()));
}

#[tokio::test]
async fn a_refresh_token_lives_seven_days_from_its_last_use_m02() {
    let app = TestApp::with(|settings| settings.sessions.absolute = Span::days(30)).await;
    let first = app.register("alice").await;
    app.advance(Span::days(6));
    let answer = refresh(&app, &first.refresh).await.expect(200);
    assert_eq!(answer.json["refresh_expires_in"], 7 * 86_400);
    let second = Login::read(&answer);
    app.advance(Span::days(7));
    refresh(&app, &second.refresh).await.refused(401, "REFRESH_TOKEN_EXPIRED");
}

#[tokio::test]
async fn no_refresh_reaches_beyond_the_end_of_the_login_m02_m04() {
    let app = TestApp::new().await;
    let login = app.register("alice").await;
    app.advance(Span::days(6));
    let answer = refresh(&app, &login.refresh).await.expect(200);
    assert_eq!(answer.json["refresh_expires_in"], 86_400, "until the login's absolute end");
    app.advance(Span::days(1));
    refresh(&app, answer.json["refresh_token"].as_str().unwrap()).await.refused(401, "REFRESH_TOKEN_EXPIRED");
}

#[tokio::test]
async fn logout_and_disabling_end_refresh_at_once_o6_m03() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let alice = app.register("alice").await;
    let _ = app.post("/api/auth/logout", json!({"refresh_token": alice.refresh})).await.expect(204);
    for node in [&app, &other] {
        refresh(node, &alice.refresh).await.refused(401, "INVALID_REFRESH_TOKEN");
    }
    app.post("/api/auth/logout", json!({"refresh_token": alice.refresh})).await.refused(401, "INVALID_REFRESH_TOKEN");

    let bob = app.register("bob").await;
    app.change("update accounts set disabled_at = $2 where id = $1", params![bob.user_id(), app.ctx().now()]).await;
    app.ctx().accounts.forget(bob.user_id());
    refresh(&app, &bob.refresh).await.refused(401, "INVALID_REFRESH_TOKEN");
    Actor::bearer(&app, bob).get("/api/me").await.refused(401, "TOKEN_REVOKED");
}

#[tokio::test]
async fn refreshes_are_limited_per_grant_m31() {
    let app = TestApp::new().await;
    let mut login = app.register("alice").await;
    let other = app.login("alice").await;
    for left in (0..60).rev() {
        let answer = refresh(&app, &login.refresh).await.expect(200);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"refresh\";q=60;w=60"));
        assert!(answer.header("ratelimit").unwrap().starts_with(&format!("\"refresh\";r={left};")));
        login = Login::read(&answer);
    }
    let answer = refresh(&app, &login.refresh).await;
    answer.refused(429, "RATE_LIMITED");
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() <= 61);
    let _ = refresh(&app, &other.refresh).await.expect(200);
    app.advance(Span::minutes(2));
    let _ = refresh(&app, &login.refresh).await.expect(200);
}

#[tokio::test]
async fn grace_from_another_network_is_noted_m02() {
    let app = TestApp::new().await;
    let login = app.register("alice").await;
    let second = Login::read(&refresh(&app, &login.refresh).await.expect(200));
    let _ = refresh(&app, &login.refresh).await.expect(200);
    assert!(!app.audited().await.contains(&"jwt.refresh_grace_moved".to_owned()));
    let moved = refresh(&app.from("203.0.113.7"), &login.refresh).await.expect(200);
    assert_eq!(moved.json["refresh_token"], second.refresh);
    assert!(app.audited().await.contains(&"jwt.refresh_grace_moved".to_owned()));
}

#[tokio::test]
async fn malformed_refresh_bodies_are_named_m02_m39() {
    let app = TestApp::new().await;
    for (body, fault) in [
        (json!({"refresh_token": 7}), "refresh_token:WRONG_TYPE"),
        (json!({"refresh_token": ""}), "refresh_token:REQUIRED"),
        (json!({"refresh_token": "x".repeat(2000)}), "refresh_token:TOO_LONG"),
        (json!({"refresh": "x"}), "refresh:UNKNOWN_FIELD"),
    ] {
        let answer = app.post("/api/auth/refresh", body).await;
        answer.refused(400, "VALIDATION_FAILED");
        assert_eq!(answer.faults(), [fault]);
    }
    refresh(&app, "gdr_x").await.refused(401, "INVALID_REFRESH_TOKEN");
}

/// Logging out with a token that a thief or its owner spent before is no less telling than a refresh with it.
#[tokio::test]
async fn a_spent_token_at_logout_is_reuse_and_an_old_one_expired_m02() {
    let app = TestApp::new().await;
    let logout = |token: String| app.post("/api/auth/logout", json!({"refresh_token": token}));
    let first = app.register("alice").await;
    let second = Login::read(&refresh(&app, &first.refresh).await.expect(200));
    app.advance(Span::seconds(11));
    logout(first.refresh).await.refused(401, "REFRESH_TOKEN_REUSED");
    refresh(&app, &second.refresh).await.refused(401, "INVALID_REFRESH_TOKEN");
    assert!(app.audited().await.contains(&"jwt.refresh_reused".to_owned()));

    let spent = app.login("alice").await;
    let _ = refresh(&app, &spent.refresh).await.expect(200);
    let _ = logout(spent.refresh).await.expect(204);

    let future = app.login("alice").await;
    app.change("update grants set generation = 0 where ended_at is null", vec![]).await;
    logout(future.refresh).await.refused(401, "REFRESH_TOKEN_REUSED");

    let old = app.login("alice").await;
    app.advance(Span::days(7));
    logout(old.refresh).await.refused(401, "REFRESH_TOKEN_EXPIRED");
}

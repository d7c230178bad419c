//! Through HTTP, as a caller would.

use axum::body::Body;
use data_encoding::BASE64;
use futures_util::future::join_all;
use guardhouse_core::{email::EmailAddress, time::Span};
use http::Method;
use serde_json::json;
use tokio::time::timeout;

use super::{BasicSettings, password};
use crate::kernel::http::page::PageQuery;
use crate::{
    kernel::{
        audit::{self, Filter},
        settings::Limit,
    },
    testing::{Actor, Answer, PASSWORD, TestApp},
};

/// Only what waits for ever takes so long.
const HANGS: std::time::Duration = std::time::Duration::from_secs(30);

async fn allowed() -> TestApp {
    TestApp::with(|settings| settings.set(BasicSettings { user_passwords: true })).await
}

async fn with(app: &TestApp, value: &str, more: &[(&str, &str)]) -> Answer {
    let request = app.request(Method::GET, "/api/me").header("authorization", format!("Basic {value}"));
    let request = more.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    app.send(request.body(Body::empty()).unwrap()).await
}

async fn basic(app: &TestApp, user: &str, password: &str) -> Answer {
    with(app, &BASE64.encode(format!("{user}:{password}").as_bytes()), &[]).await
}

#[tokio::test]
async fn a_users_password_is_taken_only_where_allowed_m06() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let hashed = app.ctx().hasher.done();
    basic(&app, "alice@example.com", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");
    assert_eq!(app.ctx().hasher.done(), hashed);

    let app = allowed().await;
    let alice = app.register("alice").await;
    let me = basic(&app, "ALICE@example.com", PASSWORD).await.expect(200);
    assert_eq!(me.json["id"], alice.user["id"]);
    let wrong = basic(&app, "alice@example.com", "wrong").await;
    wrong.refused(401, "INVALID_CREDENTIALS");
    basic(&app, "nobody@example.com", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");
    assert!(!wrong.header("www-authenticate").unwrap_or_default().to_lowercase().contains("basic"));
}

#[tokio::test]
async fn it_makes_no_session_and_is_audited_m06() {
    let app = allowed().await;
    let alice = Actor::bearer(&app, app.register("alice").await);
    let _ = basic(&app, "alice@example.com", PASSWORD).await.expect(200);
    basic(&app, "alice@example.com", "wrong").await.refused(401, "INVALID_CREDENTIALS");
    let filter = Filter { action: Some("basic.login".into()), limit: 9, ..Filter::default() };
    let events = audit::list(app.ctx(), &filter).await.unwrap().events;
    let outcomes: Vec<_> = events.iter().map(|event| event.outcome.as_str()).collect();
    assert_eq!(outcomes, ["failure", "success"]);
    let sessions = crate::kernel::sessions::list(app.ctx(), alice.login.user_id(), None, &PageQuery::default())
        .await
        .unwrap()
        .data;
    assert_eq!(sessions.len(), 1);
    // What needs a person's session is not for a machine.
    let value = BASE64.encode(format!("alice@example.com:{PASSWORD}").as_bytes());
    let request = app.request(Method::POST, "/api/me/password").header("authorization", format!("Basic {value}"));
    let body = json!({"current_password": PASSWORD, "new_password": "another passphrase"}).to_string();
    let request = request.header("content-type", "application/json").body(Body::from(body)).unwrap();
    app.send(request).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn guessing_locks_the_account_here_and_at_login_a4_m06_m32() {
    let app = allowed().await;
    app.register("alice").await;
    for _ in 0..5 {
        basic(&app, "alice@example.com", "wrong").await.refused(401, "INVALID_CREDENTIALS");
    }
    let locked = basic(&app, "alice@example.com", PASSWORD).await;
    locked.refused(423, "ACCOUNT_LOCKED");
    assert!(locked.header("retry-after").is_some());
    app.try_login("alice", PASSWORD).await.refused(423, "ACCOUNT_LOCKED");
    app.advance(Span::minutes(2));
    for _ in 0..30 {
        let _ = basic(&app, "alice@example.com", PASSWORD).await.expect(200);
    }
}

/// A flood of guesses at one address keeps no place that others wait for.
#[tokio::test]
async fn nobody_queues_for_a_locked_address_a2_d2() {
    let app = allowed().await;
    for _ in 0..5 {
        basic(&app, "alice@example.com", "wrong").await.refused(401, "INVALID_CREDENTIALS");
    }
    let alice = password::of_address(app.ctx(), &EmailAddress::parse("alice@example.com").unwrap());
    let turn = app.ctx().proofs.turn(alice).await.unwrap();
    let answer = timeout(HANGS, basic(&app, "alice@example.com", "wrong")).await;
    answer.unwrap().refused(423, "ACCOUNT_LOCKED");
    drop(turn);
}

#[tokio::test]
async fn failures_count_against_the_network_a4_a5_m06() {
    let app = allowed().await;
    for number in 0..20 {
        basic(&app, &format!("u{number}@example.com"), "wrong").await.refused(401, "INVALID_CREDENTIALS");
    }
    basic(&app, "u99@example.com", "wrong").await.refused(429, "RATE_LIMITED");
}

#[tokio::test]
async fn what_is_no_basic_credential_is_refused_before_hashing_m06_d1() {
    let app = allowed().await;
    let encoded = |bytes: &[u8]| BASE64.encode(bytes);
    let hashed = app.ctx().hasher.done();
    for value in [
        "",
        "%%%",
        "YWxpY2U",
        &encoded(b"no colon"),
        &encoded(b"\xff\xfe:\xff"),
        &encoded(b"alice@example.com:"),
        &encoded(b"alice@example.com:a\0b"),
        &encoded(format!("alice@example.com:{}", "x".repeat(257)).as_bytes()),
        &encoded(format!("alice@example.com:{}", "x".repeat(3_000)).as_bytes()),
        &encoded(b"not an address:password"),
    ] {
        with(&app, value, &[]).await.refused(401, "INVALID_CREDENTIALS");
    }
    assert_eq!(app.ctx().hasher.done(), hashed);
    basic(&app, "any", "gdk_live_nothing").await.refused(401, "INVALID_API_KEY");
}

#[tokio::test]
async fn a_request_of_another_site_is_refused_a21_m37() {
    let app = allowed().await;
    app.register("alice").await;
    let value = BASE64.encode(format!("alice@example.com:{PASSWORD}").as_bytes());
    for header in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")] {
        with(&app, &value, &[header]).await.refused(403, "CSRF_FAILED");
    }
    let _ = with(&app, &value, &[("sec-fetch-site", "same-origin")]).await.expect(200);
}

#[tokio::test]
async fn a_disabled_account_is_refused_after_its_password_only_m03_a17() {
    let app = allowed().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let _ = admin.post(&format!("/api/admin/users/{}/disable", alice.user_id()), json!({})).await.expect(200);
    basic(&app, "alice@example.com", "wrong").await.refused(401, "INVALID_CREDENTIALS");
    basic(&app, "alice@example.com", PASSWORD).await.refused(403, "ACCOUNT_DISABLED");
}

/// A machine client that calls in parallel is neither locked out nor hashed for at each call, on either node.
#[tokio::test]
async fn parallel_right_passwords_are_hashed_once_and_meet_no_lock_m06_a2() {
    let app = allowed().await;
    app.register("alice").await;
    let other = app.another_node().await;
    let hashed = || (app.ctx().hasher.done(), other.ctx().hasher.done());
    let before = hashed();
    let nodes = [&app, &other];
    for answer in join_all((0..40).map(|n| basic(nodes[n % 2], "alice@example.com", PASSWORD))).await {
        let _ = answer.expect(200);
    }
    assert_eq!(hashed(), (before.0 + 1, before.1 + 1));
    app.advance(Span::seconds(10));
    let _ = basic(&app, "alice@example.com", PASSWORD).await.expect(200);
    assert_eq!(hashed(), (before.0 + 2, before.1 + 1));
}

/// Whoever guesses beside such a client learns no more from its memory than from the hash.
#[tokio::test]
async fn parallel_wrong_passwords_are_looked_at_no_more_often_than_the_lock_allows_a2_m06() {
    let app = TestApp::with(|settings| {
        settings.set(BasicSettings { user_passwords: true });
        settings.limits.login = Limit::OFF;
    })
    .await;
    app.register("alice").await;
    let _ = basic(&app, "alice@example.com", PASSWORD).await.expect(200);
    let before = app.ctx().hasher.done();
    let guesses = (0..200).map(|n| format!("guess {n}"));
    let guesses: Vec<String> = guesses.chain([PASSWORD.to_owned()]).collect();
    let answers = join_all(guesses.iter().map(|guess| basic(&app, "alice@example.com", guess))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 5);
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 401 | 423)), "none of them is told");
    assert_eq!(app.ctx().hasher.done() - before, 5);
}

#[tokio::test]
async fn a_remembered_password_ends_with_its_hash_and_its_account_m06_a15() {
    let app = allowed().await;
    let admin = app.admin().await;
    let alice = app.actor("alice").await;
    let other = app.another_node().await;
    for node in [&app, &other] {
        let _ = basic(node, "alice@example.com", PASSWORD).await.expect(200);
    }
    let body = json!({"current_password": PASSWORD, "new_password": "another passphrase"});
    let _ = alice.post("/api/me/password", body).await.expect(204);
    for node in [&app, &other] {
        basic(node, "alice@example.com", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");
        let _ = basic(node, "alice@example.com", "another passphrase").await.expect(200);
    }
    let _ = admin.post(&format!("/api/admin/users/{}/disable", alice.login.user_id()), json!({})).await.expect(200);
    for node in [&app, &other] {
        basic(node, "alice@example.com", "another passphrase").await.refused(403, "ACCOUNT_DISABLED");
    }
}

//! Failed attempts and lockout (M-32; `A2`, `A3`, `A4`).

use axum::body::Body;
use futures_util::future::join_all;
use guardhouse_core::time::Span;
use http::Method;
use serde_json::json;

use crate::{
    kernel::settings::Limit,
    testing::{Actor, Answer, PASSWORD, TestApp},
};

const WRONG: &str = "a wrong long passphrase";

async fn unlimited() -> TestApp {
    TestApp::with(|settings| settings.limits.login = Limit::OFF).await
}

async fn fail(app: &TestApp, name: &str, times: usize) {
    for _ in 0..times {
        app.try_login(name, WRONG).await.refused(401, "INVALID_CREDENTIALS");
    }
}

#[track_caller]
fn locked(answer: &Answer, seconds: &str) {
    answer.refused(423, "ACCOUNT_LOCKED");
    assert_eq!(answer.header("retry-after"), Some(seconds));
}

#[tokio::test]
async fn two_hundred_parallel_guesses_are_five_a2() {
    let app = unlimited().await;
    let other = app.another_node().await;
    app.register("alice").await;
    let done = || app.ctx().hasher.done() + other.ctx().hasher.done();
    let before = done();
    let tries = (0..200).map(|at| {
        let node = if at % 2 == 0 { &app } else { &other };
        async move { node.try_login("alice", &format!("wrong passphrase {at}")).await }
    });
    let answers = join_all(tries).await;
    assert_eq!(done() - before, 5, "evaluated");
    for answer in &answers {
        assert!(["INVALID_CREDENTIALS", "ACCOUNT_LOCKED"].contains(&answer.code()), "{}", answer.text);
    }
    assert_eq!(answers.iter().filter(|answer| answer.code() == "INVALID_CREDENTIALS").count(), 5);
}

#[tokio::test]
async fn the_count_survives_a_restart_and_the_lock_opens_for_nobody_a3() {
    let app = unlimited().await;
    app.register("alice").await;
    fail(&app, "alice", 4).await;
    let app = app.restarted().await;
    fail(&app, "alice", 1).await;
    let app = app.restarted().await;
    locked(&app.try_login("alice", PASSWORD).await, "60");
    app.advance(Span::seconds(59));
    locked(&app.try_login("alice", PASSWORD).await, "1");
    app.advance(Span::seconds(1));
    let _ = app.try_login("alice", PASSWORD).await.expect(200);
    fail(&app, "alice", 4).await;
    let _ = app.try_login("alice", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn each_lock_is_twice_the_last_up_to_half_an_hour_m32() {
    let app = unlimited().await;
    app.register("alice").await;
    fail(&app, "alice", 4).await;
    for minutes in [1, 2, 4, 8, 16, 30, 30] {
        fail(&app, "alice", 1).await;
        locked(&app.try_login("alice", PASSWORD).await, &(minutes * 60).to_string());
        app.advance(Span::minutes(minutes));
    }
    let _ = app.try_login("alice", PASSWORD).await.expect(200);
    fail(&app, "alice", 5).await;
    locked(&app.try_login("alice", WRONG).await, "60");
}

/// Nobody learns from a lock who has an account.
#[tokio::test]
async fn unknown_addresses_lock_alike_m32_a17() {
    let app = unlimited().await;
    app.register("alice").await;
    let mut seen = Vec::new();
    for name in ["alice", "nobody"] {
        let mut steps = Vec::new();
        for _ in 0..7 {
            let answer = app.try_login(name, WRONG).await;
            steps.push((answer.status, answer.code().to_owned(), answer.header("retry-after").map(str::to_owned)));
        }
        seen.push(steps);
    }
    assert_eq!(seen[0], seen[1]);
}

/// Other spellings of an address share its counter.
#[tokio::test]
async fn one_address_has_one_counter_a5_a16() {
    let app = unlimited().await;
    app.register("alice").await;
    for spelling in
        ["alice@example.com", "ALICE@example.com", "alice@EXAMPLE.COM", "Alice@Example.com", " alice@example.com"]
    {
        let answer = app.post("/api/auth/login", json!({"email": spelling, "password": WRONG})).await;
        if answer.status.as_u16() == 400 {
            fail(&app, "alice", 1).await;
        } else {
            answer.refused(401, "INVALID_CREDENTIALS");
        }
    }
    locked(&app.try_login("alice", PASSWORD).await, "60");
}

#[tokio::test]
async fn a_lock_is_said_before_a_limit() {
    let app = TestApp::with(|settings| settings.limits.login = Limit::of(5, Span::minutes(15))).await;
    app.register("alice").await;
    fail(&app, "alice", 5).await;
    locked(&app.try_login("alice", PASSWORD).await, "60");
    app.try_login("bob", PASSWORD).await.refused(429, "RATE_LIMITED");
}

/// A limit of the network is no failure of the account's.
#[tokio::test]
async fn what_was_not_looked_at_counts_for_nothing() {
    let app = TestApp::with(|settings| settings.limits.login = Limit::of(3, Span::minutes(15))).await;
    app.register("alice").await;
    fail(&app, "alice", 3).await;
    for _ in 0..20 {
        app.try_login("alice", PASSWORD).await.refused(429, "RATE_LIMITED");
    }
    for number in 0..20 {
        app.try_login(&format!("nobody{number}"), WRONG).await.refused(429, "RATE_LIMITED");
    }
    let rows = app.rows("select failures from attempts", vec![]).await;
    assert_eq!(rows.iter().map(|row| row.int(0).unwrap()).collect::<Vec<_>>(), [3], "one row, of what was looked at");
    let elsewhere = app.from("203.0.113.1");
    let _ = elsewhere.try_login("alice", PASSWORD).await.expect(200);
}

async fn with_device(app: &TestApp, name: &str, password: &str, device: &str) -> Answer {
    let body = json!({"email": format!("{name}@example.com"), "password": password}).to_string();
    let request = app
        .request(Method::POST, "/api/auth/login")
        .header("content-type", "application/json")
        .header("cookie", format!("guardhouse_device={device}"));
    app.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn strangers_cannot_lock_a_known_device_out_m32() {
    let app = unlimited().await;
    app.register("alice").await;
    app.register("bob").await;
    let device = app.try_login("alice", PASSWORD).await.cookie("guardhouse_device").unwrap().0;
    let bobs = app.try_login("bob", PASSWORD).await.cookie("guardhouse_device").unwrap().0;
    fail(&app, "alice", 5).await;
    locked(&app.try_login("alice", PASSWORD).await, "60");
    locked(&with_device(&app, "alice", PASSWORD, &bobs).await, "60");
    locked(&with_device(&app, "alice", PASSWORD, "x").await, "60");
    let _ = with_device(&app, "alice", PASSWORD, &device).await.expect(200);
    // It has a counter of its own, and no more guesses than anybody.
    for _ in 0..5 {
        with_device(&app, "alice", WRONG, &device).await.refused(401, "INVALID_CREDENTIALS");
    }
    locked(&with_device(&app, "alice", PASSWORD, &device).await, "60");
    locked(&with_device(&app, "alice", PASSWORD, &device).await, "60");
}

/// Whoever holds a mark has guesses of their own no longer than the credentials that earned it, and a year at most.
#[tokio::test]
async fn a_known_device_is_forgotten_with_the_credentials_that_made_it_known_a2_a5() {
    let app = unlimited().await;
    app.register("alice").await;
    let day = Span::days(1);
    for act in ["password", "own", "everywhere", "nothing", "year", "renewed"] {
        let answer = app.try_login("alice", PASSWORD).await.expect(200);
        let mut device = answer.cookie("guardhouse_device").unwrap().0;
        let alice = Actor::bearer(&app, crate::testing::Login::read(&answer));
        match act {
            "password" | "own" => {
                let body = json!({"current_password": PASSWORD, "new_password": PASSWORD});
                let changed = alice.post("/api/me/password", body).await.expect(204);
                // The browser at hand has a mark of the new credentials.
                if act == "own" {
                    device = changed.cookie("guardhouse_device").unwrap().0;
                }
            }
            "everywhere" => drop(alice.post("/api/auth/logout", json!({"all": true})).await.expect(204)),
            "year" => app.advance(Span(365 * day.0 + 1)),
            "renewed" => {
                app.advance(Span(364 * day.0));
                device = with_device(&app, "alice", PASSWORD, &device).await.cookie("guardhouse_device").unwrap().0;
                app.advance(Span(2 * day.0));
            }
            _ => {}
        }
        fail(&app, "alice", 5).await;
        let known = with_device(&app, "alice", PASSWORD, &device).await;
        if matches!(act, "own" | "nothing" | "renewed") {
            let _ = known.expect(200);
        } else {
            locked(&known, "60");
        }
        app.advance(day + day);
    }
}

/// `A4`: every place that takes a password counts.
#[tokio::test]
async fn step_up_and_change_count_like_a_login_a4() {
    let app = unlimited().await;
    let alice = app.actor("alice").await;
    for _ in 0..3 {
        alice.post("/api/auth/step-up", json!({"password": WRONG})).await.refused(401, "INVALID_CREDENTIALS");
    }
    for _ in 0..2 {
        let body = json!({"current_password": WRONG, "new_password": "another fine passphrase"});
        alice.post("/api/me/password", body).await.refused(401, "INVALID_CREDENTIALS");
    }
    locked(&alice.post("/api/auth/step-up", json!({"password": PASSWORD})).await, "60");
    let body = json!({"current_password": PASSWORD, "new_password": "another fine passphrase"});
    locked(&alice.post("/api/me/password", body).await, "60");
    // A session's guesses are its own, and no more than anybody's.
    let _ = app.try_login("alice", PASSWORD).await.expect(200);
    locked(&alice.delete("/api/me", json!({"current_password": PASSWORD})).await, "60");
}

/// Whoever knows an address alone keeps its owner from nothing that a session permits.
#[tokio::test]
async fn strangers_cannot_lock_a_session_out_of_its_proofs_m32() {
    let app = unlimited().await;
    let alice = app.actor("alice").await;
    app.advance(Span::minutes(6));
    fail(&app, "alice", 5).await;
    locked(&app.try_login("alice", PASSWORD).await, "60");
    let body = json!({"email": "alice2@example.com", "current_password": PASSWORD});
    let _ = alice.post("/api/me/email", body).await.expect(202);
    let _ = alice.post("/api/auth/step-up", json!({"password": PASSWORD})).await.expect(200);
    let body = json!({"current_password": PASSWORD, "new_password": "another fine passphrase"});
    let _ = alice.post("/api/me/password", body).await.expect(204);
    locked(&app.try_login("alice", PASSWORD).await, "60");
}

/// Rulings 17: a new key in front opens no lock.
#[tokio::test]
async fn a_lock_outlives_a_new_master_key_in_front_m32() {
    let app = unlimited().await;
    app.register("alice").await;
    fail(&app, "alice", 5).await;
    let renewed = TestApp::with(|settings| {
        settings.limits.login = Limit::OFF;
        settings.database.url = app.ctx().settings.database.url.clone();
        settings.master_key.insert(0, guardhouse_core::secret::SecretText::new("5a01".repeat(16).as_str()));
    })
    .await;
    locked(&renewed.try_login("alice", PASSWORD).await, "60");
}

//! A challenge is asked for when the risk is high.

use guardhouse_core::time::Span;
use serde_json::json;

use super::{Asked, login, proof_of_work, register, solve, solved};
use crate::testing::{Answer, PASSWORD, TestApp};

async fn risky() -> TestApp {
    TestApp::with(proof_of_work(Asked::Risk)).await
}

async fn fail(app: &TestApp, name: &str, times: usize) {
    for _ in 0..times {
        let _ = login(app, name, "wrong", None).await.expect(401);
    }
}

#[tokio::test]
async fn three_failures_on_an_address_ask_for_a_challenge_and_the_lockout_stays_m33_a4() {
    let app = risky().await;
    let _ = register(&app, "alice", None).await.expect(201);
    fail(&app, "alice", 3).await;
    let before = app.ctx().hasher.done();
    // From whichever network.
    let other = app.from("198.51.100.7");
    login(&other, "alice", PASSWORD, None).await.refused(403, "CAPTCHA_REQUIRED");
    let refused = login(&app, "alice", PASSWORD, None).await.expect(403);
    assert_eq!(app.ctx().hasher.done(), before, "nothing is hashed before the challenge is solved");
    // A right answer lets the attempt through, and a wrong password counts as ever.
    let answer = solve(&refused.json["error"]["challenge"]);
    let _ = login(&app, "alice", "wrong", Some(&answer)).await.expect(401);
    let _ = login(&app, "alice", "wrong", Some(&solved(&app).await)).await.expect(401);
    login(&app, "alice", PASSWORD, Some(&solved(&app).await)).await.refused(423, "ACCOUNT_LOCKED");
    // Who is locked out anyway is not asked to solve anything.
    login(&app, "alice", PASSWORD, None).await.refused(423, "ACCOUNT_LOCKED");
    app.advance(Span::minutes(2));
    let _ = login(&app, "alice", PASSWORD, Some(&solved(&app).await)).await.expect(200);
    let _ = login(&app, "alice", PASSWORD, None).await.expect(200);
}

#[tokio::test]
async fn failures_of_yesterday_are_no_risk_m33() {
    let app = risky().await;
    let _ = register(&app, "alice", None).await.expect(201);
    fail(&app, "alice", 3).await;
    app.advance(Span::days(1) + Span::seconds(1));
    let _ = login(&app, "alice", PASSWORD, None).await.expect(200);
}

fn shape(answer: &Answer) -> (u16, String, Vec<String>, Vec<String>) {
    let error = answer.json["error"].as_object().unwrap();
    let headers = answer.headers.keys().map(ToString::to_string).collect();
    let challenge = error.get("challenge").map_or(vec![], |c| c.as_object().unwrap().keys().cloned().collect());
    let members = error.keys().cloned().chain(challenge).collect();
    (answer.status.as_u16(), error["message"].to_string(), members, headers)
}

#[tokio::test]
async fn known_and_unknown_addresses_are_asked_alike_a17() {
    let app = risky().await;
    let _ = register(&app, "known", None).await.expect(201);
    let mut seen = Vec::new();
    for (name, network) in [("known", "198.51.100.1"), ("unknown", "198.51.100.2")] {
        let (app, mut answers) = (app.from(network), Vec::new());
        for _ in 0..4 {
            answers.push(shape(&login(&app, name, "wrong", None).await));
        }
        for _ in 0..3 {
            answers.push(shape(&login(&app, name, "wrong", Some(&solved(&app).await)).await));
        }
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].iter().map(|answer| answer.0).collect::<Vec<_>>(), [401, 401, 401, 403, 401, 401, 423]);
}

/// A stranger's failures neither lock the owner's own device out nor get it asked, and its own failures do.
#[tokio::test]
async fn a_known_device_is_judged_by_its_own_failures_m33() {
    let app = risky().await;
    let mark = register(&app, "alice", None).await.expect(201).cookie("guardhouse_device").unwrap().0;
    let stranger = app.from("198.51.100.7");
    fail(&stranger, "alice", 3).await;
    let from_device = async |password: &str, mark: &str| {
        let request = app.request(http::Method::POST, "/api/auth/login").header("content-type", "application/json");
        let body = json!({"email": "alice@example.com", "password": password}).to_string();
        let request = request.header("cookie", format!("guardhouse_device={mark}"));
        app.send(request.body(axum::body::Body::from(body)).unwrap()).await
    };
    login(&app, "alice", PASSWORD, None).await.refused(403, "CAPTCHA_REQUIRED");
    from_device(PASSWORD, "forged").await.refused(403, "CAPTCHA_REQUIRED");
    let _ = from_device(PASSWORD, &mark).await.expect(200);
    for _ in 0..3 {
        let _ = from_device("wrong", &mark).await.expect(401);
    }
    from_device(PASSWORD, &mark).await.refused(403, "CAPTCHA_REQUIRED");
}

#[tokio::test]
async fn a_network_that_fails_with_many_addresses_is_asked_whatever_it_does_m33_a5() {
    let app = risky().await;
    let _ = register(&app, "alice", None).await.expect(201);
    let attacker = app.from("2001:db8:1:2::1");
    for n in 0..10 {
        // A customer of IPv6 has a whole /64, and is one network all the same.
        fail(&app.from(&format!("2001:db8:1:2::{n:x}")), &format!("user{n}"), 1).await;
    }
    login(&attacker, "alice", PASSWORD, None).await.refused(403, "CAPTCHA_REQUIRED");
    register(&attacker, "bob", None).await.refused(403, "CAPTCHA_REQUIRED");
    let body = json!({"email": "alice@example.com"});
    attacker.post("/api/auth/password/forgot", body.clone()).await.refused(403, "CAPTCHA_REQUIRED");
    attacker.post("/api/auth/email/resend", body.clone()).await.refused(403, "CAPTCHA_REQUIRED");
    // Forwarded headers that nobody vouches for change nothing.
    let request = attacker.request(http::Method::POST, "/api/auth/password/forgot");
    let request = request.header("content-type", "application/json").header("x-forwarded-for", "192.0.2.99");
    let _ = attacker.send(request.body(axum::body::Body::from(body.to_string())).unwrap()).await.expect(403);
    let _ = login(&app, "alice", PASSWORD, None).await.expect(200);
    app.advance(Span::minutes(30));
    let _ = login(&attacker, "alice", PASSWORD, None).await.expect(200);
}

#[tokio::test]
async fn a_network_that_registers_or_asks_for_letters_in_a_row_is_asked_m33() {
    let app = risky().await;
    for n in 0..5 {
        let _ = register(&app, &format!("user{n}"), None).await.expect(201);
    }
    register(&app, "sixth", None).await.refused(403, "CAPTCHA_REQUIRED");
    let _ = register(&app, "sixth", Some(&solved(&app).await)).await.expect(201);
    let _ = register(&app.from("198.51.100.7"), "elsewhere", None).await.expect(201);
    let ask = async |n: usize, captcha: Option<String>| {
        let body = json!({"email": format!("user{n}@example.com"), "captcha": captcha});
        app.post("/api/auth/password/forgot", body).await
    };
    for n in 0..5 {
        let _ = ask(n, None).await.expect(202);
    }
    ask(7, None).await.refused(403, "CAPTCHA_REQUIRED");
    let _ = ask(7, Some(solved(&app).await)).await.expect(202);
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_not_spent_m33() {
    let app = risky().await;
    let answer = solved(&app).await;
    let _ = register(&app, "alice", Some(&answer)).await.expect(201);
    fail(&app, "alice", 3).await;
    let _ = login(&app, "alice", PASSWORD, Some(&answer)).await.expect(200);
}

#[tokio::test]
async fn one_network_that_tries_many_accounts_is_told_of_once_in_the_audit_log_m64_6_3_1() {
    // Whether or not challenges are asked for.
    let app = TestApp::new().await;
    let told = async || app.audited().await.iter().filter(|action| *action == "risk.credential_stuffing").count();
    // One account tried again and again is no stuffing.
    fail(&app, "alice", 5).await;
    for n in 0..9 {
        fail(&app, &format!("user{n}"), 1).await;
    }
    assert_eq!(told().await, 0);
    for n in 9..13 {
        fail(&app, &format!("user{n}"), 1).await;
    }
    assert_eq!(told().await, 1);
    app.work().await;
    assert!(app.ctx().meters.render().contains("guardhouse_alerts_total{kind=\"credential_stuffing\"} 1\n"));
    let elsewhere = app.from("198.51.100.7");
    fail(&elsewhere, "user1", 1).await;
    assert_eq!(told().await, 1);
    app.advance(Span::minutes(31));
    for n in 0..11 {
        fail(&app, &format!("user{n}"), 1).await;
    }
    assert_eq!(told().await, 2);
}

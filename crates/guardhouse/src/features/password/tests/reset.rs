//! Forgetting and resetting (M-16; `A9`, `A10`, `A22`; ASVS 6.4).

use axum::body::Body;
use futures_util::future::join_all;
use guardhouse_core::time::Span;
use http::Method;
use serde_json::json;

use crate::{
    kernel::settings::Limit,
    testing::{Actor, Answer, PASSWORD, TestApp},
};

const NEW: &str = "another fine passphrase";
const WRONG: &str = "a wrong long passphrase";

async fn forgot(app: &TestApp, name: &str) -> String {
    let body = json!({"email": format!("{name}@example.com")});
    let _ = app.post("/api/auth/password/forgot", body).await.expect(202);
    app.mailed_token(name).await
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Answer {
    app.post("/api/auth/password/reset", json!({"token": token, "password": password})).await
}

#[tokio::test]
async fn a_reset_ends_all_logins_and_unlocks_m16_6_4() {
    let app = TestApp::with(|settings| settings.limits.login = Limit::OFF).await;
    let other = app.another_node().await;
    let bearer = app.actor("alice").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let by_cookie = other.post("/api/auth/login", body).await.expect(200);
    let device = by_cookie.cookie("guardhouse_device").unwrap().0;
    let cookie = Actor::cookie(&other, &by_cookie);
    assert_eq!(cookie.get("/api/me").await.status.as_u16(), 200);
    for _ in 0..5 {
        app.try_login("alice", WRONG).await.refused(401, "INVALID_CREDENTIALS");
    }
    app.try_login("alice", PASSWORD).await.refused(423, "ACCOUNT_LOCKED");
    for _ in 0..5 {
        with_device(&app, "/api/auth/login", json!({"email": "alice@example.com", "password": WRONG}), &device).await;
    }

    let token = forgot(&app, "alice").await;
    let done = with_device(&app, "/api/auth/password/reset", json!({"token": token, "password": NEW}), &device).await;
    let done = done.expect(204);
    bearer.get("/api/me").await.refused(401, "TOKEN_REVOKED");
    app.post("/api/auth/refresh", json!({"refresh_token": bearer.login.refresh}))
        .await
        .refused(401, "INVALID_REFRESH_TOKEN");
    other.caught_up().await;
    let _ = cookie.get("/api/me").await.expect(401);
    let body = json!({"email": "alice@example.com", "password": NEW});
    let _ = with_device(&app, "/api/auth/login", body.clone(), &device).await.expect(200);
    let _ = app.post("/api/auth/login", body.clone()).await.expect(200);
    // Of all devices, only the browser that set the new password is known: a stranger keeps it out no more.
    let mark = done.cookie("guardhouse_device").unwrap().0;
    for _ in 0..5 {
        app.try_login("alice", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");
    }
    with_device(&app, "/api/auth/login", body.clone(), &device).await.refused(423, "ACCOUNT_LOCKED");
    let _ = with_device(&app, "/api/auth/login", body, &mark).await.expect(200);
    let letters = app.letters().await;
    assert!(
        letters
            .iter()
            .any(|letter| letter.subject.to_lowercase().contains("password") && !letter.text.contains("token="))
    );
    assert!(app.audited().await.contains(&"password.reset".to_owned()));
}

async fn with_device(app: &TestApp, path: &str, body: serde_json::Value, device: &str) -> Answer {
    let request = app
        .request(Method::POST, path)
        .header("content-type", "application/json")
        .header("cookie", format!("guardhouse_device={device}"));
    app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn a_link_works_once_a22_6_4_1() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let token = forgot(&app, "alice").await;
    reset(&app, &token, "short").await.refused(400, "WEAK_PASSWORD");
    let _ = reset(&app, &token, NEW).await.expect(204);
    reset(&app, &token, "a third fine passphrase").await.refused(400, "INVALID_LINK");
    let _ = app.try_login("alice", NEW).await.expect(200);
}

#[tokio::test]
async fn a_link_raced_on_two_nodes_works_once_a22() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    app.register("alice").await;
    let token = forgot(&app, "alice").await;
    let password = |at: usize| format!("fine passphrase number {at}");
    let tries = (0..20).map(|at| {
        let (node, token, password) = (if at % 2 == 0 { &app } else { &other }, token.clone(), password(at));
        async move { reset(node, &token, &password).await }
    });
    let answers = join_all(tries).await;
    let winners: Vec<_> = (0..20).filter(|at| answers[*at].status.as_u16() == 204).collect();
    assert_eq!(winners.len(), 1);
    for answer in answers.iter().filter(|answer| answer.status.as_u16() != 204) {
        answer.refused(400, "INVALID_LINK");
    }
    let _ = app.try_login("alice", &password(winners[0])).await.expect(200);
}

#[tokio::test]
async fn a_link_is_worth_nothing_after_a_change_a_newer_link_or_its_time_a22_a12() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let token = forgot(&app, "alice").await;
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    let _ = alice.post("/api/me/password", body).await.expect(204);
    reset(&app, &token, WRONG).await.refused(400, "INVALID_LINK");

    let older = forgot(&app, "alice").await;
    app.advance(Span::seconds(1));
    let newer = forgot(&app, "alice").await;
    assert_ne!(older, newer);
    reset(&app, &older, WRONG).await.refused(400, "INVALID_LINK");
    app.advance(Span::minutes(10));
    reset(&app, &newer, WRONG).await.refused(400, "INVALID_LINK");
    let _ = app.try_login("alice", NEW).await.expect(200);
}

#[tokio::test]
async fn no_token_but_the_mailed_one_resets_a9_a12() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let token = forgot(&app, "alice").await;
    for body in [
        json!({"token": "", "password": NEW}),
        json!({"token": null, "password": NEW}),
        json!({"token": [token], "password": NEW}),
        json!({"token": {"$ne": ""}, "password": NEW}),
        json!({"token": true, "password": NEW}),
        json!({"password": NEW}),
        json!({"token": token, "password": NEW, "email": "bob@example.com"}),
    ] {
        app.post("/api/auth/password/reset", body).await.refused(400, "VALIDATION_FAILED");
    }
    let before = app.ctx().hasher.done();
    for wrong in
        ["gdc_", "x", &token[..token.len() - 1], &format!("{token}A"), &token.to_uppercase(), "\0", "' or 1=1 --"]
    {
        reset(&app, wrong, NEW).await.refused(400, "INVALID_LINK");
    }
    assert_eq!(app.ctx().hasher.done(), before, "guesses cost no hash");
    let _ = reset(&app, &token, NEW).await.expect(204);
}

/// Whoever asks in another's name cannot point the link elsewhere.
#[tokio::test]
async fn links_keep_the_configured_origin_a10() {
    let app = TestApp::with(|settings| settings.limits.password_forgot = Limit::OFF).await;
    app.register("alice").await;
    let body = r#"{"email":"alice@example.com"}"#;
    let evil = "evil.example";
    let requests = [
        ("/api/auth/password/forgot", vec![("host", evil)]),
        (
            "/api/auth/password/forgot",
            vec![("host", "localhost:8700"), ("x-forwarded-host", evil), ("x-forwarded-proto", "https")],
        ),
        ("/api/auth/password/forgot", vec![("host", "localhost:8700"), ("forwarded", "host=evil.example;proto=https")]),
        ("/api/auth/password/forgot", vec![("host", "localhost:8700"), ("x-original-url", "https://evil.example/")]),
        ("/api/auth/password/forgot", vec![("host", "localhost:8700@evil.example")]),
        ("http://evil.example/api/auth/password/forgot", vec![("host", evil)]),
    ];
    let count = requests.len();
    for (uri, headers) in requests {
        let uri = uri.replace("/api/", &app.ctx().links.path("api/"));
        let mut request = http::Request::post(uri).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let _ = app.send(request.body(Body::from(body)).unwrap()).await.expect(202);
    }
    let letters: Vec<_> = app.letters().await.into_iter().filter(|letter| letter.text.contains("token=")).collect();
    assert!(letters.len() >= count, "{} letters", letters.len());
    for letter in letters {
        assert!(!letter.text.contains("evil") && !letter.html.contains("evil"), "{}", letter.text);
        assert!(letter.text.contains("http://localhost:8700/"), "{}", letter.text);
    }
}

#[tokio::test]
async fn asking_is_limited_per_account_and_network_m31() {
    let app = TestApp::new().await;
    let ask = |peer: String, name: String| {
        let app = app.from(&peer);
        async move { app.post("/api/auth/password/forgot", json!({"email": format!("{name}@example.com")})).await }
    };
    for at in 0..5 {
        let _ = ask(format!("198.51.100.{at}"), "alice".to_owned()).await.expect(202);
    }
    let answer = ask("198.51.100.50".to_owned(), "alice".to_owned()).await;
    answer.refused(429, "RATE_LIMITED");
    assert!(answer.header("retry-after").is_some());
    for at in 0..20 {
        let _ = ask("203.0.113.1".to_owned(), format!("u{at}")).await.expect(202);
    }
    ask("203.0.113.1".to_owned(), "u99".to_owned()).await.refused(429, "RATE_LIMITED");
}

//! Limits per network address, and what an address is (M-31, `A1`, `A5`).

use axum::body::Body;
use guardhouse_core::time::Span;
use http::Method;
use serde_json::json;

use crate::testing::{Answer, TestApp};

const WRONG: &str = "a wrong long passphrase";

/// A failed login for an address of its own, so that no account locks.
async fn guess(app: &TestApp, number: usize, headers: &[(&str, String)]) -> Answer {
    let body = json!({"email": format!("u{number}@example.com"), "password": WRONG}).to_string();
    let mut request = app.request(Method::POST, "/api/auth/login").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    app.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn failed_logins_are_counted_and_told_m31() {
    let app = TestApp::new().await;
    for number in 0..20 {
        let answer = guess(&app, number, &[]).await;
        answer.refused(401, "INVALID_CREDENTIALS");
        assert_eq!(answer.header("ratelimit-policy"), Some("\"login\";q=20;w=900"));
        let told = answer.header("ratelimit").unwrap();
        assert!(told.starts_with(&format!("\"login\";r={};t=", 19 - number)), "{told}");
    }
    let answer = guess(&app, 99, &[]).await;
    answer.refused(429, "RATE_LIMITED");
    assert!(answer.header("ratelimit").unwrap().starts_with("\"login\";r=0;"));
    let wait: i64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=945).contains(&wait), "{wait}");
    app.advance(Span::minutes(30));
    guess(&app, 100, &[]).await.refused(401, "INVALID_CREDENTIALS");
}

/// Only failures count, so a busy office is not shut out.
#[tokio::test]
async fn right_passwords_cost_nothing_m31() {
    let app = TestApp::new().await;
    app.register("alice").await;
    for _ in 0..25 {
        app.login("alice").await;
    }
    guess(&app, 0, &[]).await.refused(401, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn one_ipv6_network_is_one_budget_a5() {
    let app = TestApp::new().await;
    for number in 0..20 {
        let from = app.from(&format!("2001:db8:1:2:{number:x}::{number:x}"));
        guess(&from, number, &[]).await.refused(401, "INVALID_CREDENTIALS");
    }
    guess(&app.from("2001:db8:1:2:ffff::1"), 50, &[]).await.refused(429, "RATE_LIMITED");
    guess(&app.from("2001:db8:1:3::1"), 51, &[]).await.refused(401, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn an_ipv4_address_in_ipv6_is_the_same_address_a5() {
    let app = TestApp::new().await;
    for number in 0..20 {
        let from = app.from(if number % 2 == 0 { "192.0.2.1" } else { "::ffff:192.0.2.1" });
        guess(&from, number, &[]).await.refused(401, "INVALID_CREDENTIALS");
    }
    guess(&app.from("192.0.2.1"), 50, &[]).await.refused(429, "RATE_LIMITED");
    guess(&app.from("::ffff:192.0.2.1"), 51, &[]).await.refused(429, "RATE_LIMITED");
    guess(&app.from("::ffff:192.0.2.2"), 52, &[]).await.refused(401, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn forwarded_headers_of_strangers_count_for_nothing_a1_a5_m31() {
    let app = TestApp::new().await;
    let names = ["x-forwarded-for", "forwarded", "x-real-ip", "x-client-ip", "cf-connecting-ip", "true-client-ip"];
    for number in 0..20 {
        let value = format!("203.0.113.{number}");
        let value = if number % 6 == 1 { format!("for={value}") } else { value };
        guess(&app, number, &[(names[number % 6], value)]).await.refused(401, "INVALID_CREDENTIALS");
    }
    for (at, name) in names.iter().enumerate() {
        guess(&app, 50 + at, &[(name, format!("198.51.100.{at}"))]).await.refused(429, "RATE_LIMITED");
    }
}

#[tokio::test]
async fn a_trusted_proxy_is_believed_and_its_callers_are_not_a5_m31() {
    let app = TestApp::with(|settings| settings.server.trusted_proxies = 1).await;
    let via = |spoofed: usize, real: &str| vec![("x-forwarded-for", format!("6.6.6.{spoofed}, {real}"))];
    for number in 0..20 {
        guess(&app, number, &via(number, "203.0.113.9")).await.refused(401, "INVALID_CREDENTIALS");
    }
    guess(&app, 50, &via(50, "203.0.113.9")).await.refused(429, "RATE_LIMITED");
    guess(&app, 51, &via(51, "203.0.113.10")).await.refused(401, "INVALID_CREDENTIALS");
}

/// What cannot be read is never weaker than no header at all: the proxy's own address has one budget.
#[tokio::test]
async fn odd_forwarded_headers_are_never_weaker_a1() {
    let app = TestApp::with(|settings| settings.server.trusted_proxies = 1).await;
    let endless = vec!["1.1.1.1"; 10_000].join(",") + ",a";
    let odd =
        ["a", "", ",", " ", "999.1.1.1", "unknown", "_hidden", "1.1.1.1:x", "[::1", "127.0.0.1.", "\u{e9}", &endless];
    for number in 0..20 {
        let value = odd[number % odd.len()].to_owned();
        guess(&app, number, &[("x-forwarded-for", value)]).await.refused(401, "INVALID_CREDENTIALS");
    }
    for (at, value) in odd.iter().enumerate() {
        guess(&app, 50 + at, &[("x-forwarded-for", (*value).to_owned())]).await.refused(429, "RATE_LIMITED");
    }
    guess(&app, 90, &[]).await.refused(429, "RATE_LIMITED");
    // Nonsense that a caller wrote left of the proxy's word takes nothing from it.
    for at in 0..20 {
        let value = format!("\u{e9},{},203.0.113.9", ",".repeat(at * 50));
        guess(&app, 100 + at, &[("x-forwarded-for", value)]).await.refused(401, "INVALID_CREDENTIALS");
    }
    guess(&app, 150, &[("x-forwarded-for", "203.0.113.9".to_owned())]).await.refused(429, "RATE_LIMITED");
}

/// Other spellings of the path have no budget of their own: they lead nowhere.
#[tokio::test]
async fn spellings_of_the_path_are_unknown_a5() {
    let app = TestApp::new().await;
    let body = json!({"email": "u@example.com", "password": WRONG});
    for path in [
        "//api/auth/login",
        "/api//auth/login",
        "/api/auth/login/",
        "/API/auth/login",
        "/api/auth/%6cogin",
        "/api/auth/login;x",
    ] {
        app.post(path, body.clone()).await.refused(404, "NOT_FOUND");
    }
}

/// Over PostgreSQL nodes share one budget; on SQLite, which is for one process, each counts alone.
#[tokio::test]
async fn nodes_share_one_budget_a5() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let budgets = app.ctx().db.dialect().pick(2, 1);
    for number in 0..20 * budgets {
        let node = if number % 2 == 0 { &app } else { &other };
        guess(node, number, &[]).await.refused(401, "INVALID_CREDENTIALS");
    }
    guess(&app, 50, &[]).await.refused(429, "RATE_LIMITED");
    guess(&other, 51, &[]).await.refused(429, "RATE_LIMITED");
}

#[tokio::test]
async fn registrations_of_one_network_are_limited_m31() {
    let app = TestApp::new().await;
    for number in 0..20 {
        let answer = app.post("/api/auth/register", json!({"email": format!("u{number}@example.com")})).await;
        answer.refused(400, "VALIDATION_FAILED");
        assert_eq!(answer.header("ratelimit-policy"), Some("\"register\";q=20;w=3600"));
    }
    app.post("/api/auth/register", json!({})).await.refused(429, "RATE_LIMITED");
}

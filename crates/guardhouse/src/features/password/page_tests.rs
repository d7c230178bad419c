//! The pages, as a browser would.

use serde_json::json;

use crate::testing::{Browser, PASSWORD, TestApp, hidden};

const NEW: &str = "another long passphrase";

async fn asked(app: &TestApp) -> String {
    app.register("alice").await;
    let browser = Browser::new(app);
    let page = browser.open("/reset").await.expect(200);
    let _ = browser.fill(&page, "/reset", &[("email", "alice@example.com")]).await.expect(200);
    app.mailed_token("alice").await
}

#[tokio::test]
async fn a_password_is_reset_without_any_script_m16() {
    let app = TestApp::new().await;
    let token = asked(&app).await;
    let browser = Browser::new(&app);
    let page = browser.open(&format!("/reset?token={token}")).await.expect(200);
    assert_eq!(hidden(&page.text, "token").as_deref(), Some(token.as_str()));
    assert_eq!(page.text.matches(&token).count(), 1, "the token stands in the hidden field alone");
    let weak = browser.fill(&page, "/reset", &[("password", "short")]).await.expect(400);
    assert!(weak.text.contains("role=\"alert\"") && weak.text.contains("aria-invalid"), "{}", weak.text);
    let done = browser.fill(&page, "/reset", &[("password", NEW)]).await.expect(200);
    assert!(done.text.contains("is set") && !done.text.contains(&token), "{}", done.text);
    assert!(weak.cookie("guardhouse_device").is_none() && done.cookie("guardhouse_device").is_some());
    let _ = app.try_login("alice", NEW).await.expect(200);
    app.try_login("alice", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");
    let gone = browser.fill(&page, "/reset", &[("password", NEW)]).await.expect(400);
    assert!(gone.text.contains("role=\"alert\"") && gone.text.contains("type=\"email\""), "{}", gone.text);
}

#[tokio::test]
async fn the_page_answers_alike_for_every_address_m16_a17() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let browser = Browser::new(&app);
    let page = browser.open("/reset").await.expect(200);
    let known = browser.fill(&page, "/reset", &[("email", "alice@example.com")]).await.expect(200);
    let unknown = browser.fill(&page, "/reset", &[("email", "nobody@example.com")]).await.expect(200);
    assert_eq!(known.text, unknown.text);
}

#[tokio::test]
async fn a_form_needs_the_token_of_its_own_browser_a21() {
    let app = TestApp::new().await;
    let token = asked(&app).await;
    let browser = Browser::new(&app);
    let page = browser.open(&format!("/reset?token={token}")).await.expect(200);
    let form_token = hidden(&page.text, "form_token").expect("a form token");
    let refused = |answer: crate::testing::Answer, what: &str| {
        assert_eq!(answer.status, 403, "{what}: {}", answer.text);
        assert!(answer.text.starts_with("<!doctype html>") && answer.text.contains("role=\"alert\""), "{what}");
        assert!(!answer.text.contains(&token), "{what}");
    };
    let fields = [("token", token.as_str()), ("password", NEW)];
    refused(browser.send("/reset", &fields).await, "no token");
    let with = |text: &'static str| [("form_token", text), fields[0], fields[1]];
    refused(browser.send("/reset", &with("AAAA")).await, "a made-up token");
    let stranger = Browser::new(&app);
    let theirs = [("form_token", form_token.as_str()), fields[0], fields[1]];
    refused(stranger.send("/reset", &theirs).await, "no cookie");
    let _ = stranger.open("/reset").await.expect(200);
    refused(stranger.send("/reset", &theirs).await, "another browser's token");
    let _ = app.try_login("alice", PASSWORD).await.expect(200);
    let _ = browser.send("/reset", &theirs).await.expect(200);
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_a21() {
    let app = TestApp::new().await;
    let browser = Browser::new(&app);
    let page = browser.open("/reset").await.expect(200);
    let (cookie, _) = page.cookie("guardhouse_form").expect("a cookie");
    let body = format!("form_token={}&email=alice%40example.com", hidden(&page.text, "form_token").unwrap());
    for (origin, site) in [
        ("https://evil.example", "cross-site"),
        ("null", "cross-site"),
        ("null", "same-site"),
        ("http://localhost:8700.evil.example", "same-origin"),
    ] {
        let request = app.request(http::Method::POST, "/reset").header("accept", "text/html");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.header("origin", origin).header("sec-fetch-site", site);
        let request = request.header("cookie", format!("guardhouse_form={cookie}"));
        let answer = app.send(request.body(body.clone().into()).unwrap()).await;
        assert_eq!(answer.status, 403, "{origin} {site}");
    }
    let json = app.post("/reset", json!({"email": "alice@example.com"})).await;
    json.refused(415, "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn pages_may_do_nothing_but_post_to_us_3_4_3() {
    let app = TestApp::new().await;
    for path in ["/reset", "/verify", "/reset?token=gdc_x", "/no-such-page"] {
        let page = Browser::new(&app).open(path).await;
        let csp = page.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(csp.contains(part), "{path}: {csp}");
        }
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert!(page.header("content-type").unwrap().starts_with("text/html"), "{path}");
        for bad in ["<script", "style=", "onclick", "http://", "https://"] {
            assert!(!page.text.contains(bad), "{path}: {bad}");
        }
        assert!(page.text.contains("lang=\"en\"") && page.text.contains("<title>"), "{path}");
    }
}

#[tokio::test]
async fn what_was_typed_is_shown_as_text_a_d3() {
    let app = TestApp::new().await;
    let browser = Browser::new(&app);
    let page = browser.open("/reset").await.expect(200);
    let evil = "\"><script>alert(1)</script>";
    let answer = browser.fill(&page, "/reset", &[("email", evil)]).await.expect(400);
    assert!(!answer.text.contains("<script") && answer.text.contains("&quot;&gt;&lt;script&gt;"), "{}", answer.text);
    let answer = browser.open("/reset?token=%22%3E%3Cscript%3E").await.expect(400);
    assert!(!answer.text.contains("<script"), "{}", answer.text);
}

#[tokio::test]
async fn the_stylesheet_is_kept_by_its_tag() {
    let app = TestApp::new().await;
    let style = app.get("/assets/plain.css").await.expect(200);
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
    let tag = style.header("etag").unwrap();
    let request = app.request(http::Method::GET, "/assets/plain.css").header("if-none-match", tag);
    let again = app.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
}

#[tokio::test]
async fn a_form_that_asks_too_often_is_told_so_d1() {
    let app = TestApp::new().await;
    let browser = Browser::new(&app);
    let page = browser.open("/reset").await.expect(200);
    for _ in 0..5 {
        let _ = browser.fill(&page, "/reset", &[("email", "alice@example.com")]).await.expect(200);
    }
    let answer = browser.fill(&page, "/reset", &[("email", "alice@example.com")]).await.expect(429);
    assert!(answer.header("retry-after").is_some() && answer.text.contains("role=\"alert\""), "{}", answer.text);
}

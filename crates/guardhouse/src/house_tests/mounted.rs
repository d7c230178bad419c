//! A server whose public URL has a path: everything is under it, and nothing beside it.

use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

use crate::testing::{Actor, Answer, Browser, PASSWORD, TestApp, hidden};

const AT: &str = "http://localhost:8700/a/door";

async fn mounted() -> TestApp {
    TestApp::with(|settings| settings.server.public_url = AT.to_owned()).await
}

async fn raw(app: &TestApp, path: &str) -> Answer {
    app.send(Request::get(path).header("host", "localhost:8700").body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn everything_is_under_the_path_and_nothing_beside_it() {
    let app = mounted().await;
    for path in ["/healthz", "/openapi.json", "/docs", "/.well-known/jwks.json", "/reset"] {
        let _ = app.get(path).await.expect(200);
        let _ = raw(&app, path).await.expect(404);
        let _ = raw(&app, &format!("/other{path}")).await.expect(404);
    }
    app.get("/api/nothing").await.refused(404, "NOT_FOUND");
    app.post("/healthz", json!({})).await.refused(405, "METHOD_NOT_ALLOWED");
    assert_eq!(app.get("/openapi.json").await.json["servers"][0]["url"], AT);
}

#[tokio::test]
async fn links_and_forms_lead_under_the_path_m16() {
    let app = mounted().await;
    app.register("alice").await;
    let browser = Browser::new(&app);
    let page = browser.open("/reset").await.expect(200);
    for link in ["action=\"/a/door/reset\"", "href=\"/a/door/assets/plain.css\""] {
        assert!(page.text.replace("&#x2f;", "/").contains(link), "{}", page.text);
    }
    let _ = app.get("/assets/plain.css").await.expect(200);
    let _ = browser.fill(&page, "/reset", &[("email", "alice@example.com")]).await.expect(200);
    let token = app.mailed_token("alice").await;
    assert!(app.letters().await[0].text.contains(&format!("{AT}/reset?token={token}")));
    let page = browser.open(&format!("/reset?token={token}")).await.expect(200);
    assert!(hidden(&page.text, "form_token").is_some());
    let _ = browser.fill(&page, "/reset", &[("password", "another long passphrase")]).await.expect(200);
    let nowhere = browser.open("/nowhere").await.expect(404);
    assert!(nowhere.text.starts_with("<!doctype html>"), "{}", nowhere.text);
}

#[tokio::test]
async fn cookies_and_their_checks_hold_under_the_path_m37_a21() {
    let app = mounted().await;
    app.register("alice").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let answer = app.post("/api/auth/login", body.clone()).await.expect(200);
    let alice = Actor::cookie(&app, &answer);
    let (_, line) = answer.cookie("guardhouse_session").unwrap();
    assert!(line.contains("Path=/;") || line.ends_with("Path=/"), "{line}");
    let _ = alice.get("/api/me").await.expect(200);
    let foreign = app.request(Method::POST, "/api/auth/login").header("origin", "https://evil.example");
    let foreign = foreign.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap();
    app.send(foreign).await.refused(403, "CSRF_FAILED");
    let _ = alice.post("/api/auth/logout", json!({})).await.expect(204);
    let _ = alice.get("/api/me").await.expect(401);
}

#[tokio::test]
async fn plain_http_is_sent_on_to_the_path_once_m35() {
    let app = TestApp::with(|settings| {
        settings.profile = crate::kernel::settings::Profile::Production;
        settings.server.public_url = "https://example.com/door".to_owned();
        settings.server.trusted_proxies = 1;
    })
    .await;
    let request = app.request(Method::GET, "/reset?token=x").header("accept", "text/html");
    let answer = app.send(request.body(Body::empty()).unwrap()).await.expect(308);
    assert_eq!(answer.header("location"), Some("https://example.com/door/reset?token=x"));
    assert_eq!(app.get("/healthz").await.status, 200);
}

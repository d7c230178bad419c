//! Through HTTP, as a caller would.

use axum::{body::Body, extract::ConnectInfo};
use guardhouse_core::time::Span;
use http::{Method, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{
    kernel::settings::Profile,
    testing::{Answer, TestApp},
};

const GUARDED: [&str; 4] = ["/metrics", "/openapi.json", "/docs", "/assets/docs.css"];

/// Outside development with all else as in tests.
async fn production(change: impl FnOnce(&mut crate::kernel::settings::Settings)) -> TestApp {
    TestApp::with(|settings| {
        settings.profile = Profile::Production;
        change(settings);
    })
    .await
}

#[tokio::test]
async fn operations_are_open_in_development_and_by_setting_alone_5() {
    let app = TestApp::new().await;
    let public = production(|settings| settings.telemetry.public = true).await;
    let closed = production(|_| {}).await;
    for path in GUARDED {
        let _ = app.get(path).await.expect(200);
        let _ = public.get(path).await.expect(200);
        closed.get(path).await.refused(401, "TOKEN_MISSING");
    }
}

#[tokio::test]
async fn elsewhere_they_need_the_permission_metrics_read_5() {
    let app = production(|settings| {
        settings.registration = crate::kernel::settings::RegistrationSettings {
            verify_email: crate::kernel::settings::VerifyEmail::Off,
            ..crate::kernel::settings::RegistrationSettings::default()
        };
    })
    .await;
    let (alice, admin) = (app.actor("alice").await, app.admin().await);
    for path in GUARDED {
        alice.get(path).await.refused(403, "FORBIDDEN");
        let _ = admin.get(path).await.expect(200);
    }
}

#[tokio::test]
async fn with_a_second_listener_they_answer_there_alone_5() {
    // As in production behind a proxy that brings TLS: nobody asks the second listener through that.
    let app = production(|settings| {
        settings.server.admin_listen = Some("127.0.0.1:8701".parse().expect("a socket address"));
        settings.server.public_url = "https://auth.example.com".to_owned();
        settings.server.trusted_proxies = 1;
    })
    .await;
    let ask = |router: axum::Router, path: &'static str, https: bool| {
        let mut request = Request::builder().uri(path).header("accept", "text/html");
        if https {
            request = request.header("x-forwarded-proto", "https");
        }
        let mut request = request.body(Body::empty()).expect("a request");
        request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([192, 0, 2, 1], 50_000))));
        async { router.oneshot(request).await.expect("an answer").status() }
    };
    for path in GUARDED.into_iter().chain(["/healthz", "/readyz"]) {
        assert_eq!(ask(app.engine.operations(), path, false).await, StatusCode::OK, "{path}");
    }
    assert_eq!(ask(app.engine.operations(), "/api/me", false).await, StatusCode::NOT_FOUND);
    for path in GUARDED {
        assert_eq!(ask(app.engine.router(), path, true).await, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(ask(app.engine.router(), "/healthz", false).await, StatusCode::OK);
}

#[tokio::test]
async fn who_cannot_read_the_change_log_is_alive_and_not_ready() {
    // A lease of nothing: whatever was read is too old.
    let app = TestApp::with(|settings| settings.bus.lease = Span(-1)).await;
    let _ = app.get("/healthz").await.expect(200);
    let answer = app.get("/readyz").await;
    answer.refused(503, "UNAVAILABLE");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(TestApp::new().await.get("/readyz").await.expect(200).text, "ok\n");
}

#[tokio::test]
async fn the_description_is_sent_once_and_then_only_confirmed() {
    let app = TestApp::new().await;
    let first = app.get("/openapi.json").await.expect(200);
    assert_eq!(first.json["openapi"], "3.1.0");
    assert_eq!(first.json["servers"][0]["url"], app.ctx().settings.server.public_url);
    assert_eq!(first.json, crate::assembly::openapi(&app.ctx().settings));
    let etag = first.header("etag").expect("a tag").to_owned();
    let ask = |tag: String| {
        let request = app.request(Method::GET, "/openapi.json").header("if-none-match", tag);
        app.send(request.body(Body::empty()).expect("a request"))
    };
    for known in [etag.clone(), format!("\"other\", W/{etag}"), "*".to_owned()] {
        assert!(ask(known).await.expect(304).text.is_empty());
    }
    let _ = ask("\"other\"".to_owned()).await.expect(200);
}

#[tokio::test]
async fn the_page_shows_every_call_and_loads_nothing_from_elsewhere() {
    let app = TestApp::new().await;
    let page = app.get("/docs").await.expect(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("script"),
        "{policy}"
    );
    let document: Value = app.get("/openapi.json").await.json;
    let operations = document["paths"].as_object().into_iter().flatten().filter_map(|(_, methods)| methods.as_object());
    for operation in operations.flat_map(serde_json::Map::values) {
        let id = operation["operationId"].as_str().expect("an id");
        assert!(page.text.contains(&format!("<article id=\"{id}\">")), "{id}");
    }
    for foreign in [
        "<script",
        "<img",
        "<iframe",
        "<style",
        " style=",
        "@import",
        " onclick=",
        "src=\"",
        "href=\"http",
        "href=\"//",
    ] {
        assert!(!page.text.contains(foreign), "{foreign}");
    }
    let style: Answer = app.get("/assets/docs.css").await.expect(200);
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(!style.text.contains("url(") && !style.text.contains("@import"));
}

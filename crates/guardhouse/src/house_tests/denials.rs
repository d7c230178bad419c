//! Generated from the route table: whoever may not pass does not, on every row (M-31, `A21`, `T2`, `T4`).

use std::collections::BTreeMap;

use axum::body::Body;
use guardhouse_core::time::Span;
use http::Method;
use serde_json::{Map, Value, json};

use crate::{
    assembly,
    kernel::{
        audit::{self, Filter, MAX_PAGE},
        http::{
            csrf,
            route::{Guard, Route},
        },
        login::RECENT,
        settings::{Limit, Profile},
    },
    testing::{Actor, Answer, PASSWORD, TestApp},
};

/// A path that the row answers to.
fn example(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/")
}

/// Without limits, and in the profile in which operations are guarded too.
async fn strict() -> TestApp {
    TestApp::with(|settings| {
        settings.profile = Profile::Production;
        settings.limits.register = Limit::OFF;
        settings.limits.login = Limit::OFF;
    })
    .await
}

fn guarded() -> Vec<Route> {
    assembly::routes().into_iter().filter(|route| !matches!(route.guard, Guard::Public | Guard::Development)).collect()
}

async fn call(app: &TestApp, method: &Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = app.request(method.clone(), path).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::from("{}")).unwrap()).await
}

fn row(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

#[tokio::test]
async fn without_a_credential_nobody_passes_a_guard() {
    let app = strict().await;
    for route in guarded() {
        let answer = call(&app, &route.method, &example(route.path), &[]).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "TOKEN_MISSING"), "{}", row(&route));
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"guardhouse\""), "{}", row(&route));
    }
}

#[tokio::test]
async fn a_bad_credential_passes_no_guard() {
    let app = strict().await;
    for route in guarded() {
        for bad in ["Bearer x", "Bearer a.b.c", "Bearer gdr_x", "Basic eDp5", "Digest x", "Bearer"] {
            let answer = call(&app, &route.method, &example(route.path), &[("authorization", bad)]).await;
            assert_eq!(answer.status.as_u16(), 401, "{} with {bad}: {}", row(&route), answer.text);
            assert_ne!(answer.code(), "TOKEN_MISSING", "{} with {bad}", row(&route));
        }
        let two = [("authorization", "Bearer x"), ("x-api-key", "y")];
        let answer = call(&app, &route.method, &example(route.path), &two).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "AMBIGUOUS_CREDENTIALS"), "{}", row(&route));
    }
}

#[tokio::test]
async fn a_plain_user_passes_no_permission_and_is_audited_16_3_2() {
    let app = strict().await;
    let alice = app.actor("alice").await;
    for route in guarded() {
        if route.guard.permission().is_some() {
            let answer = alice.send(route.method.clone(), &example(route.path), json!({})).await;
            if matches!(route.guard, Guard::InTenant(_)) {
                // Whether there is such a tenant is not told (`T2`).
                assert_eq!(answer.status.as_u16(), 404, "{}: {}", row(&route), answer.text);
                continue;
            }
            assert_eq!((answer.status.as_u16(), answer.code()), (403, "FORBIDDEN"), "{}: {}", row(&route), answer.text);
            let filter = Filter { action: Some("http.denied".to_owned()), limit: MAX_PAGE, ..Filter::default() };
            let here = |details: &Map<String, Value>| {
                details["method"] == route.method.as_str() && details["route"] == route.path
            };
            let events = audit::list(app.ctx(), &filter).await.unwrap().events;
            let event = events.into_iter().find(|event| here(&event.details)).unwrap();
            assert_eq!((event.outcome.as_str(), event.subject), ("denied", Some(alice.login.user_id().to_string())));
            assert!(event.session.is_some() && event.ip.is_some());
        }
    }
}

/// The row's own example, without the proof that it may carry.
fn without_proof(route: &Route) -> Value {
    let mut body = route.doc.example.clone().unwrap_or_else(|| json!({}));
    if let Some(fields) = body.as_object_mut() {
        fields.remove("current_password");
    }
    body
}

#[tokio::test]
async fn without_a_recent_proof_nobody_passes_a_row_that_asks_for_one_7_5_1() {
    let app = strict().await;
    let alice = app.actor("alice").await;
    app.advance(RECENT + Span::seconds(1));
    let asking = |route: &Route| route.guard == Guard::RecentProof;
    let rows: Vec<_> = assembly::routes().into_iter().filter(asking).collect();
    assert!(!rows.is_empty());
    for route in rows {
        let answer = alice.send(route.method.clone(), &example(route.path), without_proof(&route)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (401, "STEP_UP_REQUIRED"),
            "{}: {}",
            row(&route),
            answer.text
        );
    }
}

/// Nobody fills the audit log by trying a door again and again, and it still tells how often they did.
#[tokio::test]
async fn refusals_are_audited_a_few_times_a_minute_and_counted_16_3_2_d2() {
    let app = strict().await;
    let alice = app.actor("alice").await;
    let knock = async |times: usize| {
        for _ in 0..times {
            alice.get("/api/admin/stats").await.refused(403, "FORBIDDEN");
        }
        let filter = Filter { action: Some("http.denied".to_owned()), limit: MAX_PAGE, ..Filter::default() };
        audit::list(app.ctx(), &filter).await.unwrap().events
    };
    assert_eq!(knock(20).await.len(), 3);
    app.advance(Span::minutes(1));
    let events = knock(1).await;
    assert_eq!((events.len(), &events[0].details["unwritten"]), (4, &json!("17")));
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing_m37_a21() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let login = app.post("/api/auth/login", body).await.expect(200);
    let (cookie, _) = login.cookie("guardhouse_session").unwrap();
    let cookie = format!("guardhouse_session={cookie}");
    for route in guarded().iter().filter(|route| csrf::changes_something(&route.method)) {
        let answer = call(&app, &route.method, &example(route.path), &[("cookie", &cookie)]).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (403, "CSRF_FAILED"), "{}: {}", row(route), answer.text);
    }
    assert_eq!(Actor::cookie(&app, &login).get("/api/me").await.status.as_u16(), 200, "the session lives on");
}

#[tokio::test]
async fn development_routes_answer_nobody_else() {
    let app = strict().await;
    for route in assembly::routes().iter().filter(|route| route.guard == Guard::Development) {
        assert_eq!(call(&app, &route.method, &example(route.path), &[]).await.status.as_u16(), 404, "{}", row(route));
    }
    let app = TestApp::new().await;
    for route in assembly::routes().iter().filter(|route| route.guard == Guard::Development) {
        let path = example(route.path);
        for headers in [[("x-forwarded-for", "127.0.0.1")], [("forwarded", "for=127.0.0.1")], [("x-real-ip", "::1")]] {
            assert_eq!(call(&app, &route.method, &path, &headers).await.status.as_u16(), 404, "{}", row(route));
        }
        assert_eq!(
            call(&app.from("192.0.2.1"), &route.method, &path, &[]).await.status.as_u16(),
            404,
            "{}",
            row(route)
        );
        let foreign = http::Request::builder().method(route.method.clone()).uri(&path).header("host", "evil.example");
        assert_eq!(app.send(foreign.body(Body::empty()).unwrap()).await.status.as_u16(), 404, "{}", row(route));
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_know_is_405() {
    let app = strict().await;
    let mut known: BTreeMap<&str, Vec<Method>> = BTreeMap::new();
    for route in assembly::routes() {
        known.entry(route.path).or_default().push(route.method);
    }
    for (path, methods) in known {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
            if !methods.contains(&method) {
                let answer = call(&app, &method, &example(path), &[]).await;
                assert_eq!(answer.status.as_u16(), 405, "{method} {path}: {}", answer.text);
                let allow = answer.header("allow").unwrap_or_else(|| panic!("{path} names no method"));
                assert!(methods.iter().all(|method| allow.contains(method.as_str())), "{path}: {allow}");
            }
        }
    }
}

/// Other spellings of a path: dots, slashes, case, escapes, parameters.
fn spellings(path: &str) -> Vec<String> {
    let (head, tail) = path.rsplit_once('/').unwrap();
    let first = tail.chars().next().map_or(String::new(), |c| format!("%{:02x}{}", c as u32, &tail[1..]));
    vec![
        format!("/{path}"),
        format!("{path}/"),
        format!("{path}//"),
        format!("{head}//{tail}"),
        format!("{head}/./{tail}"),
        format!("{head}/%2e/{tail}"),
        format!("{head}/x/%2e%2e/{tail}"),
        format!("{head}/x/../{tail}"),
        format!("{head}%2f{tail}"),
        format!("{head}\\{tail}").replace('\\', "%5c"),
        format!("{head}/{first}"),
        format!("{path};x=1"),
        format!("{path}%00"),
        format!("{path}%20"),
        path.to_uppercase(),
    ]
}

#[tokio::test]
async fn another_spelling_of_a_path_is_unknown_or_decided_alike_t4() {
    let app = strict().await;
    for route in guarded() {
        let path = example(route.path);
        for other in spellings(&path) {
            let Ok(uri) = other.parse::<http::Uri>() else { continue };
            let answer = call(&app, &route.method, &uri.to_string(), &[]).await;
            let alike = matches!(answer.status.as_u16(), 401 | 404 | 405);
            assert!(alike, "{} as {other}: {}", row(&route), answer.text);
        }
    }
}

#[tokio::test]
async fn a_method_in_a_header_or_query_changes_nothing() {
    let app = strict().await;
    let sneaky = [("x-http-method-override", "DELETE"), ("x-original-url", "/healthz"), ("x-rewrite-url", "/healthz")];
    for route in guarded() {
        let path = format!("{}?_method=GET&access_token=x", example(route.path));
        call(&app, &route.method, &path, &sneaky).await.refused(401, "TOKEN_MISSING");
    }
}

//! Bodies of every kind, to every route that takes one (M-39; `D1`, `D2`, `D3`; ASVS 1.5, 2.2).

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::{Method, Request};
use serde_json::{Value, json};

use super::call;
use crate::{
    assembly,
    features::api_keys::ApiKeySettings,
    kernel::{
        http::{
            input,
            route::{Guard, Route},
        },
        settings::Limit,
    },
    testing::{Actor, Answer, TestApp},
};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn app() -> TestApp {
    TestApp::with(|settings| {
        settings.limits.register = Limit::OFF;
        settings.limits.login = Limit::OFF;
        settings.limits.password_forgot = Limit::OFF;
        settings.limits.password_forgot_network = Limit::OFF;
        settings.set(ApiKeySettings { report: Limit::OFF, ..ApiKeySettings::default() });
    })
    .await
}

/// The routes whose body is declared.
fn routes() -> Vec<Route> {
    assembly::routes()
        .into_iter()
        .filter(|route| route.doc.takes.is_some() && route.guard != Guard::Development)
        .collect()
}

/// Those that refuse what they do not know, and another content type by its own code: all but the decision API, which
/// follows AuthZEN (rulings 4).
fn strict_routes() -> impl Iterator<Item = Route> {
    routes().into_iter().filter(|route| !route.path.starts_with("/access/"))
}

fn example(path: &str) -> String {
    let path = path.replace("/policies/{id}", "/policies/pol_01h455vb4pex5vsknk084sn02q");
    let path = path.replace("/tenants/{id}", "/tenants/ten_01h455vb4pex5vsknk084sn02q");
    path.replace("{id}", "usr_01h455vb4pex5vsknk084sn02q")
        .replace("{its}", "usr_01h455vb4pex5vsknk084sn02q")
        .replace(['{', '}'], "")
}

/// Sends text to a route as somebody who may.
async fn send(admin: &Actor<'_>, app: &TestApp, route: &Route, kind: &str, body: impl Into<Body>) -> Answer {
    let request = admin.request(route.method.clone(), &example(route.path)).header("content-type", kind);
    app.send(request.body(body.into()).unwrap()).await
}

fn named(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

#[tokio::test]
async fn what_is_no_json_object_is_malformed_m39_d1() {
    let app = app().await;
    let admin = app.admin().await;
    let deep = "[".repeat(60_000);
    let deep_object = r#"{"email":"#.repeat(6_000);
    let bad = [
        "[]",
        "null",
        "1",
        "\"x\"",
        "{",
        "{\"a\":",
        "{\"a\":1,}",
        "{'a':1}",
        "{\"a\":1}{\"a\":1}",
        "{\"a\":1} x",
        "\u{feff}{}",
        r#"{"email":"a@example.com","email":"b@example.com"}"#,
        r#"{"email":"a","\u0065mail":"b"}"#,
        r#"{"a":NaN}"#,
        r#"{"a":1e999}"#,
        "{\"a\":\"\u{0}\"}",
        r#"{"a":"\ud800"}"#,
        "\0",
        &deep,
        &deep_object,
    ];
    for route in routes() {
        for text in bad {
            let answer = send(&admin, &app, &route, "application/json", text.to_owned()).await;
            let shown: String = text.chars().take(40).collect();
            assert_eq!(answer.code(), "MALFORMED_JSON", "{} {shown}: {}", named(&route), answer.text);
            assert_eq!(answer.status.as_u16(), 400);
        }
        let answer =
            send(&admin, &app, &route, "application/json", vec![b'{', b'"', 0xff, b'"', b':', b'1', b'}']).await;
        assert_eq!(answer.code(), "MALFORMED_JSON", "{} no UTF-8", named(&route));
    }
}

#[tokio::test]
async fn another_content_type_is_415_m39() {
    let app = app().await;
    let admin = app.admin().await;
    for route in strict_routes() {
        for kind in [
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "*/*",
            "json",
            "",
        ] {
            let answer = send(&admin, &app, &route, kind, "{}").await;
            assert_eq!(
                (answer.status.as_u16(), answer.code()),
                (415, "UNSUPPORTED_MEDIA_TYPE"),
                "{} {kind}",
                named(&route)
            );
        }
        let answer = send(&admin, &app, &route, "Application/JSON; charset=utf-8", "[]").await;
        assert_eq!(answer.code(), "MALFORMED_JSON", "{}", named(&route));
    }
}

#[tokio::test]
async fn a_body_too_large_is_413_m39() {
    let app = app().await;
    let admin = app.admin().await;
    for route in routes() {
        let answer = send(&admin, &app, &route, "application/json", " ".repeat(9 * 1024 * 1024)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (413, "PAYLOAD_TOO_LARGE"), "{}", named(&route));
    }
}

/// Every field of every example, replaced by what it is not.
#[tokio::test]
async fn every_field_of_a_wrong_kind_is_named_m39() {
    let app = app().await;
    let admin = app.admin().await;
    let mut tried = 0;
    for route in strict_routes() {
        let Some(example) = route.doc.example.as_ref().and_then(Value::as_object) else { continue };
        let mut unknown = example.clone();
        unknown.insert("no_such_field".to_owned(), json!(1));
        let answer = send(&admin, &app, &route, "application/json", Value::Object(unknown).to_string()).await;
        answer.refused(400, "VALIDATION_FAILED");
        assert!(
            answer.faults().contains(&"no_such_field:UNKNOWN_FIELD".to_owned()),
            "{}: {}",
            named(&route),
            answer.text
        );
        for (name, good) in example {
            let wrong = if good.is_object() { json!("text") } else { json!({"$ne": null}) };
            let mut body = example.clone();
            body.insert(name.clone(), wrong);
            let answer = send(&admin, &app, &route, "application/json", Value::Object(body).to_string()).await;
            answer.refused(400, "VALIDATION_FAILED");
            assert!(
                answer.faults().iter().any(|fault| fault.starts_with(name.as_str())),
                "{} {name}: {}",
                named(&route),
                answer.text
            );
            tried += 1;
        }
    }
    assert!(tried > 10, "{tried}");
}

/// Odd texts in every text field: refused or taken, but never a fault of ours, and never in a letter's or log's way.
#[tokio::test]
async fn odd_texts_are_no_fault_of_ours_m39_d3() {
    let app = app().await;
    let admin = app.admin().await;
    let long = "x".repeat(5_000);
    let odd = [
        "\u{0}",
        "a\u{0}b",
        "\r\nX-Injected: 1",
        "\u{202e}gnp.exe",
        "\u{feff}",
        "\u{1f4a9}",
        "'; drop table accounts; --",
        "%s%n%x",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "</script><script>alert(1)</script>",
        "../../etc/passwd",
        "\u{ffff}",
        " ",
        "",
        &long,
    ];
    for route in routes().iter().filter(|route| !matches!(route.method, Method::DELETE)) {
        let Some(example) = route.doc.example.as_ref().and_then(Value::as_object) else { continue };
        for (name, _) in example.iter().filter(|(_, value)| value.is_string()) {
            for text in odd {
                let mut body = example.clone();
                body.insert(name.clone(), json!(text));
                let answer = send(&admin, &app, route, "application/json", Value::Object(body).to_string()).await;
                let unhurt = answer.status.as_u16() < 500;
                assert!(unhurt, "{} {name}={text:?}: {}", named(route), answer.text);
                assert!(answer.header("x-injected").is_none());
            }
        }
    }
}

#[tokio::test]
async fn names_are_text_for_people_m39() {
    let app = app().await;
    let long = "n".repeat(300);
    for name in ["", " ", "a\u{0}b", "a\nb", "a\u{202e}b", "a\u{7f}b", "\u{2066}a", &long] {
        let body = json!({"email": "a@example.com", "password": crate::testing::PASSWORD, "name": name});
        let answer = app.post("/api/auth/register", body).await;
        answer.refused(400, "VALIDATION_FAILED");
        assert!(answer.faults()[0].starts_with("name:"), "{name:?}: {}", answer.text);
    }
    for (at, name) in
        ["\u{5f20}\u{4f1f}", "Zo\u{eb} O'Hara-Smith", "\u{623}\u{62d}\u{645}\u{62f}", "</script>"].iter().enumerate()
    {
        let body = json!({"email": format!("n{at}@example.com"), "password": crate::testing::PASSWORD, "name": name});
        let answer = app.post("/api/auth/register", body).await.expect(201);
        assert_eq!(answer.json["user"]["name"], **name);
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

/// A body that stops half-way is cut short, not waited for.
#[tokio::test]
async fn a_body_cut_short_is_malformed_m39() {
    let app = app().await;
    let pieces = stream::iter([Ok(Bytes::from_static(b"{\"email\":")), Err(std::io::Error::other("reset by peer"))]);
    let answer = call(&app, Method::POST, "/api/auth/login", &[JSON], Body::from_stream(pieces)).await;
    answer.refused(400, "MALFORMED_JSON");
}

/// A body that never ends holds a request only so long.
#[tokio::test]
async fn a_hundred_thousand_fields_or_parameters_are_refused_whole_d2() {
    let app = app().await;
    let admin = app.admin().await;
    let fields = (0..100_000).map(|at| format!("\"f{at}\":{at}")).collect::<Vec<_>>().join(",");
    let form = (0..100_000).map(|at| format!("f{at}={at}")).collect::<Vec<_>>().join("&");
    for route in routes() {
        let answer = send(&admin, &app, &route, JSON.1, format!("{{{fields}}}")).await;
        assert!(matches!(answer.status.as_u16(), 400 | 404 | 413), "{}: {}", named(&route), answer.status);
        assert!(answer.text.len() < 64 * 1024, "{}: an answer of {} bytes", named(&route), answer.text.len());
    }
    for path in ["/reset", "/verify"] {
        let request = app.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
        let answer = app.send(request.body(Body::from(form.clone())).unwrap()).await;
        assert!(matches!(answer.status.as_u16(), 400 | 403 | 413), "{path}: {}", answer.status);
    }
    let answer = admin.get(&format!("/api/admin/audit-events?{}", &form[..60_000])).await;
    answer.refused(400, "VALIDATION_FAILED");
    assert!(answer.text.len() < 64 * 1024, "{}", answer.text.len());
}

#[tokio::test]
async fn a_slow_body_is_given_up_d2() {
    let pieces = stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"{")) });
    let never = futures_util::StreamExt::chain(pieces, stream::pending());
    let request = Request::new(Body::from_stream(never));
    let error = input::read_within(Duration::from_millis(20), request, 1024).await.unwrap_err();
    assert_eq!(error.code().as_str(), "MALFORMED_JSON");
}

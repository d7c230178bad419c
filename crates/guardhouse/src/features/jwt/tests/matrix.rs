//! Every credential in every place: only the right one passes (`J10` to `J12`, RFC 8725 section 3.12).

use axum::body::Body;
use http::Method;
use serde_json::json;

use super::forge::me;
use crate::testing::{Actor, Answer, Login, PASSWORD, TestApp};

struct All {
    access: String,
    refresh: String,
    cookie: String,
    csrf: String,
    device: String,
    mailed: String,
}

async fn all(app: &TestApp) -> All {
    let login = app.register("alice").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let by_cookie = app.post("/api/auth/login", body).await.expect(200);
    let _ = app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await.expect(202);
    All {
        access: login.access,
        refresh: login.refresh,
        cookie: by_cookie.cookie("guardhouse_session").unwrap().0,
        csrf: by_cookie.json["csrf_token"].as_str().unwrap().to_owned(),
        device: by_cookie.cookie("guardhouse_device").unwrap().0,
        mailed: app.mailed_token("alice").await,
    }
}

async fn as_cookie(app: &TestApp, value: &str) -> Answer {
    let request = app.request(Method::GET, "/api/me").header("cookie", format!("guardhouse_session={value}"));
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn each_credential_opens_its_own_door_alone_j11_j12() {
    let app = TestApp::new().await;
    let all = all(&app).await;
    let values = [&all.access, &all.refresh, &all.cookie, &all.csrf, &all.device, &all.mailed];
    for (at, value) in values.into_iter().enumerate() {
        let bearer = me(&app, value).await.status.as_u16();
        assert_eq!(bearer, if at == 0 { 200 } else { 401 }, "as bearer: {value}");
        let cookie = as_cookie(&app, value).await.status.as_u16();
        assert_eq!(cookie, if at == 2 { 200 } else { 401 }, "as cookie: {value}");
        if at != 1 {
            app.post("/api/auth/refresh", json!({"refresh_token": value})).await.refused(401, "INVALID_REFRESH_TOKEN");
            let answer = app.post("/api/auth/logout", json!({"refresh_token": value})).await;
            answer.refused(401, "INVALID_REFRESH_TOKEN");
        }
        if at != 5 {
            let answer =
                app.post("/api/auth/password/reset", json!({"token": value, "password": "another fine one"})).await;
            assert!(answer.code() == "INVALID_LINK" || answer.faults() == ["token:TOO_LONG"], "{}", answer.text);
        }
        let key = app.request(Method::GET, "/api/me").header("x-api-key", value).body(Body::empty()).unwrap();
        assert_eq!(app.send(key).await.status.as_u16(), 401, "as API key: {value}");
        let query = app.get(&format!("/api/me?access_token={value}&token={value}")).await;
        query.refused(401, "TOKEN_MISSING");
    }
}

/// Every byte of a credential counts, and there is one spelling of it.
#[tokio::test]
async fn altered_refresh_tokens_and_cookies_are_refused_j10() {
    let app = TestApp::new().await;
    let all = all(&app).await;
    for (value, is_cookie) in [(&all.refresh, false), (&all.cookie, true)] {
        let mut bad: Vec<String> = (0..value.len())
            .map(|at| {
                let mut bytes = value.clone().into_bytes();
                bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
                String::from_utf8(bytes).unwrap()
            })
            .collect();
        bad.extend((1..value.len()).map(|length| value[..length].to_owned()));
        bad.extend(["A", "=", " ", "gdr_"].map(|tail| format!("{value}{tail}")));
        bad.push(value.to_lowercase());
        bad.push(value.to_uppercase());
        for text in bad {
            let text = text.trim();
            if text == value {
                continue;
            }
            let answer = if is_cookie {
                as_cookie(&app, text).await
            } else {
                app.post("/api/auth/refresh", json!({"refresh_token": text})).await
            };
            assert_eq!(answer.status.as_u16(), 401, "{text} for {value}: {}", answer.text);
        }
    }
    assert_eq!(as_cookie(&app, &all.cookie).await.status.as_u16(), 200, "the cookie itself lives on");
    let _ = app.post("/api/auth/refresh", json!({"refresh_token": all.refresh})).await.expect(200);
}

/// An explicit credential decides alone: a good cookie does not save a bad bearer token.
#[tokio::test]
async fn the_cookie_counts_for_nothing_beside_an_explicit_credential() {
    let app = TestApp::new().await;
    let all = all(&app).await;
    let bob = app.register("bob").await;
    let both = |bearer: &str| {
        app.request(Method::GET, "/api/me")
            .header("authorization", format!("Bearer {bearer}"))
            .header("cookie", format!("guardhouse_session={}", all.cookie))
            .body(Body::empty())
            .unwrap()
    };
    app.send(both("x")).await.refused(401, "INVALID_TOKEN");
    assert_eq!(app.send(both(&bob.access)).await.expect(200).json["name"], "bob");
    let two = app
        .request(Method::GET, "/api/me")
        .header("authorization", format!("Bearer {}", bob.access))
        .header("authorization", format!("Bearer {}", all.access));
    app.send(two.body(Body::empty()).unwrap()).await.refused(400, "AMBIGUOUS_CREDENTIALS");
}

#[tokio::test]
async fn a_cookie_never_becomes_tokens_m02() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let login = app.post("/api/auth/login", body).await.expect(200);
    let alice = Actor::cookie(&app, &login);
    for path in ["/api/auth/refresh", "/api/auth/step-up"] {
        let body = if path.ends_with("step-up") { json!({"password": PASSWORD}) } else { json!({}) };
        let answer = alice.post(path, body).await.expect(200);
        assert!(answer.json["access_token"].is_null() && answer.json["refresh_token"].is_null(), "{}", answer.text);
        if path.ends_with("refresh") {
            continue;
        }
        assert!(answer.cookie("guardhouse_session").is_some(), "{path}");
    }
    let bearer = Actor::bearer(
        &app,
        Login::read(&app.post("/api/auth/login", json!({"email": "alice@example.com", "password": PASSWORD})).await),
    );
    bearer.post("/api/auth/refresh", json!({})).await.refused(400, "MISSING_REFRESH_TOKEN");
    app.post("/api/auth/refresh", json!({})).await.refused(400, "MISSING_REFRESH_TOKEN");
}

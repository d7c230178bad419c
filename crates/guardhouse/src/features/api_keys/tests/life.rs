//! From making a key to its end.

use axum::body::Body;
use data_encoding::BASE64;
use guardhouse_core::time::Span;
use http::Method;
use serde_json::json;

use super::{Key, MINE, bearer, get, make, make_with, me, send};
use crate::{
    kernel::audit::{self, Filter},
    testing::{Actor, Answer, PASSWORD, TestApp, contract},
};

#[tokio::test]
async fn a_key_lives_from_its_making_to_its_end_m05() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let body = json!({
        "name": "ci", "scopes": ["documents:read", "documents:read", "a:*"], "rate_limit": "10/1m",
        "quota": "100000/30d", "allowed_networks": ["127.0.0.1", "10.1.2.3/8"], "expires_at": "2026-09-01T00:00:00Z",
    });
    let made = alice.post(MINE, body).await.expect(201);
    let key = Key::read(&made);
    assert!(key.text.starts_with("gdk_test_") && key.id.starts_with("key_"), "{}", made.text);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert_eq!(made.json["scopes"], json!(["a:*", "documents:read"]));
    assert_eq!(made.json["allowed_networks"], json!(["10.0.0.0/8", "127.0.0.1/32"]));
    assert!(key.text.starts_with(made.json["prefix"].as_str().unwrap()));

    let listed = alice.get(MINE).await.expect(200);
    let mut shown = made.json.clone();
    shown.as_object_mut().unwrap().remove("api_key");
    assert_eq!((&listed.json["data"], &listed.json["next_cursor"]), (&json!([shown]), &json!(null)));

    for answer in [me(&app, &key.text).await, bearer(&app, "/api/me", &key.text).await] {
        assert_eq!(answer.expect(200).json["id"], alice.login.user["id"]);
    }
    let changed = alice.patch(&key.path(), json!({"name": "deploy", "rate_limit": "off"})).await.expect(200);
    assert_eq!((&changed.json["name"], &changed.json["rate_limit"]), (&json!("deploy"), &json!(null)));
    assert_eq!(changed.json["scopes"], json!(["a:*", "documents:read"]), "what is not named stays");

    let rotated = Key::read(&alice.post(&format!("{}/rotate", key.path()), json!({})).await.expect(200));
    assert_eq!(rotated.id, key.id);
    assert_ne!(rotated.text, key.text);
    for text in [&key.text, &rotated.text] {
        let _ = me(&app, text).await.expect(200);
    }
    let _ = alice.delete(&key.path(), json!({})).await.expect(204);
    for text in [&key.text, &rotated.text] {
        me(&app, text).await.refused(401, "INVALID_API_KEY");
        let refused = bearer(&app, "/api/me", text).await;
        refused.refused(401, "INVALID_API_KEY");
        assert!(refused.header("www-authenticate").unwrap().contains("invalid_token"));
    }
    assert_eq!(alice.get(MINE).await.json["data"], json!([]));
    alice.delete(&key.path(), json!({})).await.refused(404, "NOT_FOUND");
    let told: Vec<_> = app.audited().await.into_iter().filter(|action| action.starts_with("api_keys.")).collect();
    assert_eq!(told, ["created", "updated", "rotated", "revoked"].map(|act| format!("api_keys.{act}")));
}

#[tokio::test]
async fn basic_takes_a_key_as_its_password_m06() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let basic = async |user: &str, password: &str| {
        let value = BASE64.encode(format!("{user}:{password}").as_bytes());
        let request = app.request(Method::GET, "/api/me").header("authorization", format!("Basic {value}"));
        app.send(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(basic("whoever", &key.text).await.expect(200).json["id"], alice.login.user["id"]);
    basic("whoever", &key.text[..80]).await.refused(401, "INVALID_API_KEY");
}

#[tokio::test]
async fn a_key_is_not_its_person_m05() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let key = make(&admin, &["*"]).await;
    let _ = get(&app, "/api/admin/users", &key.text).await.expect(200);
    // It makes no keys, changes none, and is no session.
    for (method, path, body) in [
        (Method::POST, MINE.to_owned(), json!({"name": "more", "scopes": []})),
        (Method::GET, MINE.to_owned(), json!({})),
        (Method::PATCH, key.path(), json!({"name": "more"})),
        (Method::DELETE, key.path(), json!({})),
        (Method::POST, format!("{}/rotate", key.path()), json!({})),
        (Method::DELETE, "/api/me".to_owned(), json!({})),
    ] {
        send(&app, method, &path, &key.text, body).await.refused(403, "FORBIDDEN");
    }
    let other = app.register("bob").await;
    let path = format!("/api/admin/users/{}/impersonate", other.user["id"].as_str().unwrap());
    send(&app, Method::POST, &path, &key.text, json!({})).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn bad_fields_are_named_and_none_is_taken_beside_those_known_a11() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    for (body, fault) in [
        (json!({"scopes": []}), "name:REQUIRED"),
        (json!({"name": "ci"}), "scopes:REQUIRED"),
        (json!({"name": "ci", "scopes": ["*:read"]}), "scopes:INVALID_SCOPE"),
        (json!({"name": "ci", "scopes": [], "allowed_networks": ["home"]}), "allowed_networks:INVALID_NETWORK"),
        (json!({"name": "ci", "scopes": [], "rate_limit": "1001/1m"}), "rate_limit:INVALID_LIMIT"),
        (json!({"name": "ci", "scopes": [], "quota": "1/99d"}), "quota:INVALID_LIMIT"),
        (json!({"name": "ci", "scopes": [], "expires_at": "2026-01-01T00:00:00Z"}), "expires_at:INVALID_TIME"),
        (json!({"name": "ci", "scopes": [], "account_id": "usr_x"}), "account_id:UNKNOWN_FIELD"),
        (json!({"name": "ci", "scopes": [], "tenant_id": null}), "tenant_id:UNKNOWN_FIELD"),
        (json!({"name": "ci", "scopes": [], "use_count": 0}), "use_count:UNKNOWN_FIELD"),
    ] {
        let answer = alice.post(MINE, body.clone()).await.expect(400);
        assert_eq!(answer.faults(), [fault], "{body}");
    }
    for field in ["account_id", "tenant_id", "digest", "prefix", "id"] {
        let answer = alice.patch(&key.path(), json!({ field: "x" })).await.expect(400);
        assert_eq!(answer.faults(), [format!("{field}:UNKNOWN_FIELD")]);
    }
    for overlap in ["31d", "soon", "-1h"] {
        let answer = alice.post(&format!("{}/rotate", key.path()), json!({"overlap": overlap})).await.expect(400);
        assert_eq!(answer.faults(), ["overlap:INVALID_OVERLAP"], "{overlap}");
    }
}

#[tokio::test]
async fn nobody_has_more_than_a_hundred_keys_d2() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    for n in 0..100 {
        let at = if n == 0 { json!("2026-05-29T00:00:00Z") } else { json!(null) };
        make_with(&alice, json!({"name": "ci", "scopes": [], "expires_at": at})).await;
    }
    let body = json!({"name": "ci", "scopes": []});
    alice.post(MINE, body.clone()).await.refused(409, "CONFLICT");
    let page = alice.get(&format!("{MINE}?limit=60")).await.expect(200);
    let next = page.json["next_cursor"].as_str().unwrap();
    let rest = alice.get(&format!("{MINE}?limit=60&cursor={next}")).await.expect(200);
    let count = |answer: &Answer| answer.json["data"].as_array().unwrap().len();
    assert_eq!((count(&page), count(&rest)), (60, 40));
    assert_eq!(rest.json["next_cursor"], json!(null));
    // One that expired counts no more.
    app.advance(Span::hours(4));
    let _ = Actor::bearer(&app, app.login("alice").await).post(MINE, body).await.expect(201);
}

#[tokio::test]
async fn the_log_names_the_key_and_never_its_text_d4() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &["documents:read"]).await;
    let rotated = Key::read(&alice.post(&format!("{}/rotate", key.path()), json!({})).await.expect(200));
    let _ = app.post("/api/auth/api-key/report", json!({"api_key": rotated.text})).await.expect(202);
    let filter = Filter { limit: 50, ..Filter::default() };
    let events = audit::list(app.ctx(), &filter).await.unwrap().events;
    let events: Vec<_> = events.into_iter().filter(|event| event.action.starts_with("api_keys.")).collect();
    assert_eq!(events.len(), 3);
    for event in &events {
        assert_eq!(event.details["key"], json!(key.id), "{}", event.action);
    }
    let whole = serde_json::to_string(&events).unwrap();
    for text in [&key.text, &rotated.text] {
        assert!(!whole.contains(&text[36..]), "{whole}");
    }
}

#[tokio::test]
async fn a_person_is_shown_all_of_their_keys_and_takes_them_along_m18() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &["documents:read"]).await;
    let export = alice.get("/api/me/export").await.expect(200);
    assert_eq!(export.json["api_keys"][0]["id"], json!(key.id));
    assert!(!export.text.contains(&key.text[36..79]) && !export.text.contains("digest"), "{}", export.text);
    let body = json!({"current_password": PASSWORD});
    let _ = alice.delete("/api/me", body).await.expect(204);
    me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
    assert_eq!(app.rows("select count(*) from api_keys", vec![]).await[0].int(0).unwrap(), 0);
}

#[tokio::test]
async fn answers_are_as_the_api_description_says_m60() {
    let app = TestApp::new().await;
    let document = crate::assembly::openapi(&app.ctx().settings);
    let as_told = |method: &str, path: &str, answer: &Answer| {
        assert_eq!(contract::faults(&document, method, path, answer), Vec::<String>::new(), "{method} {path}");
    };
    let alice = app.actor("alice").await;
    let made = alice.post(MINE, json!({"name": "ci", "scopes": ["*"], "rate_limit": "4/1m"})).await;
    as_told("POST", MINE, &made);
    let key = Key::read(&made.expect(201));
    as_told("GET", MINE, &alice.get(MINE).await);
    as_told("PATCH", "/api/me/api-keys/{id}", &alice.patch(&key.path(), json!({})).await);
    let rotate = format!("{}/rotate", key.path());
    as_told("POST", "/api/me/api-keys/{id}/rotate", &alice.post(&rotate, json!({})).await);
    as_told("GET", "/api/me", &me(&app, &key.text[..80]).await);
    let exchange = "/api/auth/api-key/exchange";
    as_told("POST", exchange, &send(&app, Method::POST, exchange, &key.text, json!({})).await.expect(200));
    let report = "/api/auth/api-key/report";
    as_told("POST", report, &app.post(report, json!({"api_key": "x"})).await.expect(202));
    for _ in 0..3 {
        let _ = me(&app, &key.text).await.expect(200);
    }
    as_told("GET", "/api/me", &me(&app, &key.text).await.expect(429));
    as_told("DELETE", "/api/me/api-keys/{id}", &alice.delete(&key.path(), json!({})).await.expect(204));
}

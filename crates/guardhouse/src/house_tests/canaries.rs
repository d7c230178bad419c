//! Secrets that are planted, used, and then looked for everywhere they must not be (`D4`; ASVS 14.2, 16.2.5).

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use guardhouse_core::secret::SecretText;
use guardhouse_store::Value;
use serde_json::json;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::{
    kernel::audit::{self, Filter},
    testing::{Actor, Login, PASSWORD, TestApp},
};

const WRONG: &str = "canary wrong passphrase";
const NEW: &str = "canary another passphrase";
const SECRET: &str = "canary-Zl0dY2qv5n7Qw1xT4rB6uJ9mK3cF0sP";

/// Keeps every line of the log, on every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        attributes.record(&mut self.clone());
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Uses every kind of secret, well and badly, and tells them all.
async fn use_them(app: &TestApp) -> Vec<(&'static str, String)> {
    let login = app.register("alice").await;
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let by_cookie = app.post("/api/auth/login", body).await.expect(200);
    let cookie = Actor::cookie(app, &by_cookie);
    let _ = app.try_login("alice", WRONG).await.expect(401);
    let _ = app.try_login("nobody", WRONG).await.expect(401);
    let refreshed =
        Login::read(&app.post("/api/auth/refresh", json!({"refresh_token": login.refresh})).await.expect(200));
    let _ = cookie.get("/api/me").await.expect(200);
    let _ = cookie.post("/api/auth/step-up", json!({"password": PASSWORD})).await.expect(200);
    let verify = app.mailed_token("alice").await;
    let _ = app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await.expect(202);
    let reset = app.mailed_token("alice").await;
    let malformed = format!("{{\"token\":\"{reset}\",\"password\":\"{NEW}\"");
    let told = app.post_text("/api/auth/password/reset", &malformed).await.expect(400);
    assert!(!told.text.contains("canary") && !told.text.contains(&reset), "{}", told.text);
    let _ = app.post("/api/auth/password/reset", json!({"token": reset, "password": NEW})).await.expect(204);
    let _ = app.post("/api/auth/refresh", json!({"refresh_token": login.refresh})).await.expect(401);
    let alice = Actor::bearer(
        app,
        Login::read(&app.post("/api/auth/login", json!({"email": "alice@example.com", "password": NEW})).await),
    );
    let made = alice.post("/api/me/api-keys", json!({"name": "ci", "scopes": []})).await.expect(201);
    let key_id = made.json["id"].as_str().unwrap().to_owned();
    let api_key = made.json["api_key"].as_str().unwrap().to_owned();
    let rotated = alice.post(&format!("/api/me/api-keys/{key_id}/rotate"), json!({})).await.expect(200);
    for key in [&api_key[..84], &api_key] {
        let request = app.request(http::Method::POST, "/api/auth/api-key/exchange").header("x-api-key", key);
        let _ = app.send(request.body(axum::body::Body::empty()).unwrap()).await;
    }
    let _ = app.post("/api/auth/api-key/report", json!({"api_key": api_key})).await.expect(202);
    let hash = app.rows("select hash from passwords", vec![]).await[0].text(0).unwrap();
    let key = app.ctx().settings.master_key[0].expose().to_owned();
    vec![
        ("password", PASSWORD.to_owned()),
        ("wrong password", WRONG.to_owned()),
        ("new password", NEW.to_owned()),
        ("access token", login.access.rsplit('.').next().unwrap().to_owned()),
        ("refresh token", login.refresh),
        ("refreshed token", refreshed.refresh),
        ("cookie", by_cookie.cookie("guardhouse_session").unwrap().0),
        ("device mark", by_cookie.cookie("guardhouse_device").unwrap().0),
        ("CSRF token", by_cookie.json["csrf_token"].as_str().unwrap().to_owned()),
        ("link to verify", verify),
        ("link to reset", reset),
        // What stands before it is the id.
        ("API key", api_key[36..].to_owned()),
        ("rotated API key", rotated.json["api_key"].as_str().unwrap()[36..].to_owned()),
        ("master key", key),
        ("shared secret", SECRET.to_owned()),
        ("password hash", hash),
    ]
}

/// Everything in the database as bytes, whichever engine.
async fn dump(app: &TestApp) -> Vec<u8> {
    let tables = app.ctx().db.dialect().pick(
        "select name from sqlite_schema where type = 'table'",
        "select table_name::text from information_schema.tables where table_schema = current_schema()",
    );
    let mut bytes = Vec::new();
    for table in app.rows(tables, vec![]).await {
        let sql: &'static str = format!("select * from \"{}\"", table.text(0).unwrap()).leak();
        for row in app.rows(sql, vec![]).await {
            for column in 0..row.len() {
                match row.value(column).unwrap() {
                    Value::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                    Value::Bytes(raw) => bytes.extend_from_slice(raw),
                    _ => {}
                }
                bytes.push(b'\n');
            }
        }
    }
    if let Some(file) = app.ctx().settings.database.url.expose().strip_prefix("sqlite:") {
        for part in ["", "-wal"] {
            bytes.extend(std::fs::read(format!("{file}{part}")).unwrap_or_default());
        }
    }
    bytes
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[tokio::test]
async fn no_secret_is_logged_audited_stored_or_counted_d4_14_2_16_2_5() {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let app = TestApp::with(|settings| {
        settings.tokens.secret = SecretText::new(SECRET);
        settings.limits.login = crate::kernel::settings::Limit::OFF;
    })
    .await;
    let secrets = use_them(&app).await;
    app.work().await;
    tracing::info!(marker = "the log is kept");
    drop(guard);

    let logged = log.0.lock().unwrap().clone();
    assert!(logged.contains("the log is kept"), "{logged}");
    let filter = Filter { limit: audit::MAX_PAGE, ..Filter::default() };
    let audited = serde_json::to_string(&audit::list(app.ctx(), &filter).await.unwrap().events).unwrap();
    assert!(audited.contains("password.login"), "{audited}");
    let counted = app.get("/metrics").await.expect(200).text;
    assert!(counted.len() > 100);
    let stored = dump(&app).await;
    assert!(holds(&stored, "alice@example.com"), "the dump is whole");
    let settings = format!("{:?}", app.ctx().settings);
    for (what, secret) in &secrets {
        for (place, text) in [("log", &logged), ("audit log", &audited), ("metrics", &counted), ("settings", &settings)]
        {
            assert!(!text.contains(secret.as_str()), "{what} in the {place}");
        }
        assert!(*what == "password hash" || !holds(&stored, secret), "{what} in the database");
    }
}

/// A session's id is no credential, and neither is what stands in the row.
#[tokio::test]
async fn nothing_stored_signs_anybody_in_d4() {
    let app = TestApp::new().await;
    let login = app.register("alice").await;
    for sql in ["select id, salt from sessions", "select id, salt from grants"] {
        for row in app.rows(sql, vec![]).await {
            for column in 0..2 {
                let raw = data_encoding::BASE64URL_NOPAD.encode(row.slice(column).unwrap());
                for text in [raw.clone(), format!("gds_{raw}"), format!("gdr_{raw}"), login.session.clone()] {
                    let answer = app.post("/api/auth/refresh", json!({"refresh_token": text})).await;
                    answer.refused(401, "INVALID_REFRESH_TOKEN");
                }
            }
        }
    }
}

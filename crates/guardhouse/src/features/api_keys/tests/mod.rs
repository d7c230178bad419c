//! Through HTTP, as a caller would.

mod exchange;
mod life;
mod limits;
mod machines;
mod nodes;
mod owners;
mod speed;
mod text;
mod times;

use axum::body::Body;
use http::Method;
use serde_json::{Value, json};

use crate::testing::{Actor, Answer, TestApp};

const MINE: &str = "/api/me/api-keys";

/// A key as its owner was told of it.
struct Key {
    id: String,
    text: String,
}

impl Key {
    #[track_caller]
    fn read(answer: &Answer) -> Self {
        let text = |name: &str| answer.json[name].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned();
        Self { id: text("id"), text: text("api_key") }
    }

    fn path(&self) -> String {
        format!("{MINE}/{}", self.id)
    }
}

/// Makes a key with these scopes.
async fn make(owner: &Actor<'_>, scopes: &[&str]) -> Key {
    make_with(owner, json!({"name": "ci", "scopes": scopes})).await
}

async fn make_with(owner: &Actor<'_>, body: Value) -> Key {
    Key::read(&owner.post(MINE, body).await.expect(201))
}

/// A request with a key as `X-API-Key`.
async fn send(app: &TestApp, method: Method, path: &str, key: &str, body: Value) -> Answer {
    let request = app.request(method, path).header("x-api-key", key).header("content-type", "application/json");
    app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn get(app: &TestApp, path: &str, key: &str) -> Answer {
    app.send(app.request(Method::GET, path).header("x-api-key", key).body(Body::empty()).unwrap()).await
}

async fn me(app: &TestApp, key: &str) -> Answer {
    get(app, "/api/me", key).await
}

async fn bearer(app: &TestApp, path: &str, token: &str) -> Answer {
    let request = app.request(Method::GET, path).header("authorization", format!("Bearer {token}"));
    app.send(request.body(Body::empty()).unwrap()).await
}

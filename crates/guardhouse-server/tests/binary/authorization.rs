//! From nothing to a 200 and back, on one node and on two that share a database: a tenant, a member who was invited, a role,
//! a key, a protected route (M-05, M-21, M-22, M-25).

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Server, Setup, stderr, text, until};

/// Ruling 12: within a second on every other process.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Somebody with a credential, at one node.
struct Caller<'a> {
    node: &'a Server,
    header: (&'static str, String),
}

impl Caller<'_> {
    async fn ask(&self, method: Method, path: &str, body: Value) -> Response {
        let request = reqwest::Client::new().request(method, self.node.url(path)).header(self.header.0, &self.header.1);
        request.json(&body).send().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.ask(Method::POST, path, body).await;
        let status = answer.status();
        let body = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {body}\n{}", self.node.log());
        serde_json::from_str(&body).unwrap_or_default()
    }

    async fn status(&self, path: &str) -> StatusCode {
        let request = reqwest::Client::new().get(self.node.url(path)).header(self.header.0, &self.header.1);
        request.send().await.unwrap().status()
    }
}

fn bearer<'a>(node: &'a Server, token: &Value) -> Caller<'a> {
    Caller { node, header: ("authorization", format!("Bearer {}", text(token))) }
}

fn key<'a>(node: &'a Server, key: &Value) -> Caller<'a> {
    Caller { node, header: ("x-api-key", text(key)) }
}

async fn login(node: &Server, email: &str) -> Value {
    let answer = node.post("/api/auth/login", json!({"email": email, "password": PASSWORD})).await;
    answer.json::<Value>().await.unwrap()["access_token"].clone()
}

/// The token of the newest letter to this address.
async fn mailed(node: &Server, to: &str) -> String {
    let newest = async || {
        let client = reqwest::Client::new().get(node.url("/dev/mailbox")).header("accept", "application/json");
        let letters: Value = client.send().await.unwrap().json().await.unwrap();
        let letter = letters["data"].as_array().unwrap().iter().find(|letter| letter["to"] == to).cloned();
        letter.and_then(|letter| {
            Some(text(&letter["text"]).split_once("token=")?.1.split_whitespace().next()?.to_owned())
        })
    };
    assert!(until(Duration::from_secs(10), async || newest().await.is_some()).await, "no letter: {}", node.log());
    newest().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_invited_a_key_opens_what_its_roles_allow_and_ends_at_once_m05_m22_m25() {
    let setup = Setup::new().with("PROFILE", "development").with("SERVER__PUBLIC_URL", "http://localhost:8700");
    let create = ["user", "create", "--email", "root@example.com", "--name", "Root", "--role", "admin"];
    let made = setup.run_with(&[&create[..], &["--password-stdin"]].concat(), PASSWORD);
    assert!(made.status.success(), "{}", stderr(&made));
    let here = setup.serve().await;
    let second = setup.another_node();
    let there = match &second {
        Some(second) => Some(second.serve().await),
        None => None,
    };
    let elsewhere = there.as_ref().unwrap_or(&here);
    let root = bearer(&here, &login(&here, "root@example.com").await);

    // A tenant, and a member by invitation.
    let tenant = root.post("/api/admin/tenants", json!({"name": "Acme"})).await;
    let of_tenant = format!("/api/admin/tenants/{}", text(&tenant["id"]));
    root.post(&format!("{of_tenant}/invitations"), json!({"email": "judy@example.com", "role": "admin"})).await;
    let judy = here.register("judy@example.com").await;
    let verified = json!({"email_verified": true});
    let user = format!("/api/admin/users/{}", text(&judy["user"]["id"]));
    assert!(root.ask(Method::PATCH, &user, verified).await.status().is_success());
    let token = mailed(&here, "judy@example.com").await;
    bearer(&here, &judy["access_token"]).post("/api/me/invitations/accept", json!({"token": token})).await;
    let members = format!("{of_tenant}/members");
    let judy = bearer(elsewhere, &judy["access_token"]);
    assert!(until(AT_ONCE, async || judy.status(&members).await == StatusCode::OK).await, "{}", elsewhere.log());

    // A key of a machine: 403 with the reason, and 200 after one more binding.
    let bot = root.post("/api/admin/service-accounts", json!({"name": "deploy"})).await;
    let keys = format!("/api/admin/service-accounts/{}/api-keys", text(&bot["id"]));
    let first = root.post(&keys, json!({"name": "ci", "scopes": ["users:read"]})).await;
    let refused = key(&here, &first["api_key"]).ask(Method::GET, "/api/admin/users", json!({})).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(refused.text().await.unwrap().contains("users:read"));
    root.post("/api/admin/role-bindings", json!({"subject": bot["id"], "role": "auditor"})).await;
    assert_eq!(key(&here, &first["api_key"]).status("/api/admin/users").await, StatusCode::OK);
    let far = key(elsewhere, &first["api_key"]);
    assert!(
        until(AT_ONCE, async || far.status("/api/admin/users").await == StatusCode::OK).await,
        "{}",
        elsewhere.log()
    );

    // Rotated with both secrets alive, revoked with none.
    let one = format!("{keys}/{}", text(&first["id"]));
    let next = root.post(&format!("{one}/rotate"), json!({"overlap": "1h"})).await;
    for (node, secret) in [(&here, &first), (&here, &next), (elsewhere, &first), (elsewhere, &next)] {
        assert_eq!(key(node, &secret["api_key"]).status("/api/admin/users").await, StatusCode::OK);
    }
    assert_eq!(root.ask(Method::DELETE, &one, json!({})).await.status(), StatusCode::NO_CONTENT);
    for secret in [&first, &next] {
        assert_eq!(key(&here, &secret["api_key"]).status("/api/admin/users").await, StatusCode::UNAUTHORIZED);
        let far = key(elsewhere, &secret["api_key"]);
        let ended = async || far.status("/api/admin/users").await == StatusCode::UNAUTHORIZED;
        assert!(until(AT_ONCE, ended).await, "{}", elsewhere.log());
    }
}

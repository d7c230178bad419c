//! Access tokens that keys are exchanged for.

use data_encoding::BASE64URL_NOPAD;
use guardhouse_core::{jose::Algorithm, secret::SecretText, time::Span};
use guardhouse_store::Unit;
use http::Method;
use serde_json::{Value, json};

use super::{Key, MINE, bearer, make, make_with, me, send};
use crate::{
    kernel::accounts,
    testing::{Actor, PASSWORD, TestApp},
};

const EXCHANGE: &str = "/api/auth/api-key/exchange";

/// The token that the key is exchanged for.
pub(super) async fn exchanged(app: &TestApp, key: &Key) -> String {
    let answer = send(app, Method::POST, EXCHANGE, &key.text, json!({})).await.expect(200);
    answer.json["access_token"].as_str().unwrap().to_owned()
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_key_is_exchanged_for_a_short_token_of_what_it_may_m05() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let key = make(&admin, &["users:read"]).await;
    let answer = send(&app, Method::POST, EXCHANGE, &key.text, json!({})).await.expect(200);
    assert_eq!((&answer.json["token_type"], &answer.json["expires_in"]), (&json!("Bearer"), &json!(300)));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let token = answer.json["access_token"].as_str().unwrap();
    let claims = claims(token);
    assert_eq!((&claims["sub"], &claims["client_id"]), (&admin.login.user["id"], &json!(key.id)));
    assert_eq!((&claims["scope"], &claims["permissions"]), (&json!("users:read"), &json!(["users:read"])));
    assert_eq!((&claims["roles"], claims.get("sid"), claims.get("auth_time")), (&json!([]), None, None));
    let _ = bearer(&app, "/api/admin/users", token).await.expect(200);
    bearer(&app, "/api/admin/signing-keys", token).await.refused(403, "FORBIDDEN");
    // It is no person, and not the key.
    bearer(&app, MINE, token).await.refused(403, "FORBIDDEN");
    let request = app.request(Method::POST, EXCHANGE).header("authorization", format!("Bearer {token}"));
    app.send(request.body(axum::body::Body::empty()).unwrap()).await.refused(403, "FORBIDDEN");
    admin.post(EXCHANGE, json!({})).await.refused(403, "FORBIDDEN");
    // What the key may less, the token may less.
    let _ = admin.patch(&key.path(), json!({"scopes": []})).await.expect(200);
    bearer(&app, "/api/admin/users", token).await.refused(403, "FORBIDDEN");
    app.advance(Span::minutes(7));
    bearer(&app, "/api/me", token).await.refused(401, "TOKEN_EXPIRED");
}

#[tokio::test]
async fn such_a_token_ends_with_its_key_on_every_node_m05_o6() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let token = exchanged(&app, &key).await;
    for node in [&app, &other] {
        let _ = bearer(node, "/api/me", &token).await.expect(200);
    }
    let _ = alice.delete(&key.path(), json!({})).await.expect(204);
    bearer(&app, "/api/me", &token).await.refused(401, "TOKEN_REVOKED");
    other.caught_up().await;
    bearer(&other, "/api/me", &token).await.refused(401, "TOKEN_REVOKED");
    // A node that starts later knows it as well.
    bearer(&app.another_node().await, "/api/me", &token).await.refused(401, "TOKEN_REVOKED");
}

#[tokio::test]
async fn such_a_token_ends_when_the_key_expires_or_its_owner_is_disabled_o6() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.actor("alice").await;
    let soon = (app.ctx().now() + Span::minutes(2)).to_string();
    let key = make_with(&alice, json!({"name": "ci", "scopes": [], "expires_at": soon})).await;
    let answer = send(&app, Method::POST, EXCHANGE, &key.text, json!({})).await.expect(200);
    assert_eq!(answer.json["expires_in"], json!(120));
    let token = answer.json["access_token"].as_str().unwrap();
    app.advance(Span::minutes(2));
    bearer(&app, "/api/me", token).await.refused(401, "TOKEN_REVOKED");

    let key = make(&alice, &[]).await;
    let token = exchanged(&app, &key).await;
    let path = format!("/api/admin/users/{}/disable", alice.login.user["id"].as_str().unwrap());
    let _ = admin.post(&path, json!({})).await.expect(200);
    bearer(&app, "/api/me", &token).await.refused(401, "TOKEN_REVOKED");
    me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
    send(&app, Method::POST, EXCHANGE, &key.text, json!({})).await.refused(401, "INVALID_API_KEY");
}

/// Whoever holds the shared secret could name any key.
#[tokio::test]
async fn with_a_shared_secret_no_key_is_exchanged_and_no_such_token_taken() {
    let app = TestApp::with(|settings| {
        settings.tokens.algorithm = Algorithm::Hs256;
        settings.tokens.secret = SecretText::new("8Zl0dY2qv5n7Qw1xT4rB6uJ9mK3cF0sP");
    })
    .await;
    app.register("alice").await;
    let ctx = app.ctx();
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "delivery": "cookie"});
    let login = app.post("/api/auth/login", body).await.expect(200);
    let alice = Actor::cookie(&app, &login);
    let act = accounts::give_role(ctx, Unit::new(), alice.login.user_id(), accounts::ADMIN);
    act.run(ctx).await.unwrap();
    let key = make(&alice, &["*"]).await;
    let _ = super::get(&app, "/api/admin/users", &key.text).await.expect(200);
    send(&app, Method::POST, EXCHANGE, &key.text, json!({})).await.refused(409, "CONFLICT");

    let account = accounts::by_id(ctx, alice.login.user_id()).await.unwrap().unwrap();
    let minted = crate::kernel::tokens::issue_for_key(
        ctx,
        &crate::kernel::tokens::IssueForKey {
            account: &account,
            key: key.id.parse().unwrap(),
            tenant: None,
            authority: &account.authority,
            life: Span::minutes(5),
            until: None,
        },
    );
    bearer(&app, "/api/me", &minted.unwrap().token).await.refused(401, "TOKEN_REVOKED");

    // Nor does such a token make keys: they would outlive it and administrate.
    let token = Actor::bearer(&app, app.login("alice").await);
    token.post(MINE, json!({"name": "ci", "scopes": ["*"]})).await.refused(403, "FORBIDDEN");
    token.patch(&key.path(), json!({"scopes": ["*"]})).await.refused(403, "FORBIDDEN");
    token.post(&format!("{}/rotate", key.path()), json!({})).await.refused(403, "FORBIDDEN");
}

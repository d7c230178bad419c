//! HS256: whoever can check a token can make one, so such tokens prove less (rulings 15).

use guardhouse_core::{ids::SessionId, secret::SecretText, time::Timestamp};
use http::Method;
use serde_json::{Value, json};

use super::forge::{mac, me, open, with};
use crate::{
    assembly,
    kernel::http::route::Guard,
    testing::{Actor, Login, PASSWORD, START, TestApp},
};

const SECRET: &str = "8Zl0dY2qv5n7Qw1xT4rB6uJ9mK3cF0sP";

async fn app() -> TestApp {
    TestApp::with(|settings| {
        settings.tokens.algorithm = guardhouse_core::jose::Algorithm::Hs256;
        settings.tokens.secret = SecretText::new(SECRET);
    })
    .await
}

/// A token that a service which only should check them makes for itself.
fn minted(login: &Login, changes: &Value) -> String {
    let (head, claims) = open(&login.access);
    mac(SECRET.as_bytes(), &head, &with(&claims, changes))
}

#[tokio::test]
async fn a_minted_token_needs_a_live_session_of_its_subject() {
    let app = app().await;
    let alice = app.register("alice").await;
    let bob = app.register("bob").await;
    assert_eq!(me(&app, &alice.access).await.status.as_u16(), 200);
    assert_eq!(me(&app, &minted(&alice, &json!({"scope": "x"}))).await.status.as_u16(), 200, "the forge is sound");
    let nowhere = SessionId::new(Timestamp(START.0)).to_string();
    for change in [
        json!({ "sid": nowhere }),
        json!({"sid": bob.session}),
        json!({"sub": bob.user["id"]}),
        json!({"sid": null}),
        json!({"sid": ""}),
    ] {
        assert_eq!(me(&app, &minted(&alice, &change)).await.status.as_u16(), 401, "{change}");
    }
    let _ = Actor::bearer(&app, alice.clone()).post("/api/auth/logout", json!({})).await.expect(204);
    for text in [alice.access.clone(), minted(&alice, &json!({"scope": "y"}))] {
        me(&app, &text).await.refused(401, "TOKEN_REVOKED");
    }
}

#[tokio::test]
async fn the_secret_itself_is_in_no_key_set() {
    let app = app().await;
    let answer = app.get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(answer.json, json!({"keys": []}));
}

/// Roles in a token are for others to read, and here not even a true administrator's token administrates.
#[tokio::test]
async fn no_shared_secret_token_administrates() {
    let app = app().await;
    let alice = app.register("alice").await;
    let minted = Login { access: minted(&alice, &json!({"roles": ["admin"], "permissions": ["*"]})), ..alice };
    let minted = Actor::bearer(&app, minted);
    let admin = app.admin().await;
    let routes = assembly::routes();
    for route in routes.iter().filter(|route| matches!(route.guard, Guard::Permission(_))) {
        let path: String = route.path.replace(['{', '}'], "");
        for actor in [&minted, &admin] {
            actor.send(route.method.clone(), &path, json!({})).await.refused(403, "FORBIDDEN");
        }
    }
}

#[tokio::test]
async fn a_minted_auth_time_is_no_recent_proof() {
    let app = app().await;
    let alice = app.register("alice").await;
    app.advance(guardhouse_core::time::Span::minutes(14));
    let now = app.ctx().now().seconds();
    let bearer = minted(&alice, &json!({"auth_time": now, "iat": now, "exp": now + 900}));
    let request = app.request(Method::GET, "/api/me").header("authorization", format!("Bearer {bearer}"));
    let (parts, _) = request.body(axum::body::Body::empty()).unwrap().into_parts();
    let client = crate::kernel::http::client::Client::of(&parts, &app.ctx().settings, "test".into());
    let found = crate::kernel::principal::authenticate(app.ctx(), &parts, &client).await.unwrap();
    let principal = found.0.unwrap();
    for password in [None, Some(guardhouse_core::password::Password::parse(PASSWORD).unwrap())] {
        let proof = crate::features::password::recent_proof(app.ctx(), &principal, password, &client).await;
        assert_eq!(proof.unwrap_err().code().as_str(), "FORBIDDEN");
    }
}

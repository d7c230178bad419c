//! One key has one text, and what is no key costs nothing.

use guardhouse_core::{
    api_key::{ApiKey, Environment},
    ids::ApiKeyId,
};
use serde_json::json;

use super::{bearer, make, me};
use crate::{kernel::settings::Profile, testing::TestApp};

/// Every text that is nearly the key.
fn altered(text: &str) -> Vec<String> {
    let flipped = (0..text.len()).flat_map(|at| {
        ['0', 'A', 'a', 'z', '_', '-'].into_iter().map(move |other| {
            let mut altered = text.to_owned();
            altered.replace_range(at..=at, &other.to_string());
            altered
        })
    });
    let cut = (0..text.len()).map(|at| text[..at].to_owned());
    let extended = ["0", "A", "a", "="].map(|tail| format!("{text}{tail}"));
    let mut all: Vec<_> = flipped.chain(cut).chain(extended).collect();
    all.extend([text.to_lowercase(), text.to_uppercase()]);
    all.retain(|other| other != text && !other.is_empty());
    all
}

#[tokio::test]
async fn a_key_cut_extended_or_flipped_is_refused_without_a_look_up_j10_m05() {
    let app = TestApp::alone(|_| {}).await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let _ = me(&app, &key.text).await.expect(200);
    let before = app.ctx().db.stats();
    for text in altered(&key.text) {
        me(&app, &text).await.refused(401, "INVALID_API_KEY");
        assert_eq!(bearer(&app, "/api/me", &text).await.status.as_u16(), 401, "{text}");
    }
    assert_eq!(app.ctx().db.stats(), before, "a text that is no key was looked up");
    let _ = me(&app, &key.text).await.expect(200);
}

/// Whoever computes the checksum still has no other text for the key, and no key by its id.
#[tokio::test]
async fn a_made_up_key_is_refused_like_an_unknown_one_a4() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let id: ApiKeyId = key.id.parse().unwrap();
    let guess = me(&app, &ApiKey::new(Environment::Test, id).text()).await;
    let unknown = me(&app, &ApiKey::new(Environment::Test, ApiKeyId::new(app.ctx().now())).text()).await;
    for answer in [&guess, &unknown] {
        answer.refused(401, "INVALID_API_KEY");
    }
    assert_eq!(guess.json["error"]["message"], unknown.json["error"]["message"]);
}

#[tokio::test]
async fn keys_are_of_the_profile_that_made_them_m05() {
    let app = TestApp::alone(|_| {}).await;
    let live = TestApp::alone(|settings| settings.profile = Profile::Production).await;
    let alice = live.register("alice").await;
    let alice = crate::testing::Actor::bearer(&live, alice);
    let key = make(&alice, &[]).await;
    assert!(key.text.starts_with("gdk_live_"), "{}", key.text);
    let _ = me(&live, &key.text).await.expect(200);
    let before = app.ctx().db.stats();
    me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
    assert_eq!(app.ctx().db.stats(), before);
}

#[tokio::test]
async fn a_key_in_a_url_or_a_cookie_is_none_m05() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    app.get(&format!("/api/me?api_key={0}&access_token={0}", key.text)).await.refused(401, "TOKEN_MISSING");
    app.post("/api/auth/refresh", json!({"refresh_token": key.text})).await.refused(401, "INVALID_REFRESH_TOKEN");
    // Nor does it become a login.
    let as_header = async |path, body| super::send(&app, http::Method::POST, path, &key.text, body).await;
    as_header("/api/auth/refresh", json!({})).await.refused(400, "MISSING_REFRESH_TOKEN");
    as_header("/api/auth/logout", json!({"all": true})).await.refused(401, "TOKEN_MISSING");
    let password = json!({"password": crate::testing::PASSWORD});
    as_header("/api/auth/step-up", password).await.refused(403, "FORBIDDEN");
}

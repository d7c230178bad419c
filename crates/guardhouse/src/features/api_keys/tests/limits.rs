//! How often a key may be used, and from where.

use axum::body::Body;
use guardhouse_core::{
    api_key::{ApiKey, Environment},
    ids::ApiKeyId,
    time::Span,
};
use http::Method;
use serde_json::json;

use super::{bearer, make, make_with, me};
use crate::{
    features::api_keys::ApiKeySettings,
    kernel::settings::Limit,
    testing::{Answer, TestApp},
};

#[tokio::test]
async fn a_key_has_a_limit_of_its_own_or_the_servers_m32() {
    let app = TestApp::with(|settings| settings.limits.api_key = Limit::of(3, Span::minutes(1))).await;
    let alice = app.actor("alice").await;
    let own = make_with(&alice, json!({"name": "ci", "scopes": [], "rate_limit": "2/1m"})).await;
    let other = make(&alice, &[]).await;
    for (key, times) in [(&own, 2), (&other, 3)] {
        for left in (0..times).rev() {
            let answer = me(&app, &key.text).await.expect(200);
            assert_eq!(answer.header("ratelimit-policy"), Some(&*format!("\"api_key\";q={times};w=60")));
            assert!(answer.header("ratelimit").unwrap().starts_with(&format!("\"api_key\";r={left};")));
        }
        let answer = me(&app, &key.text).await;
        answer.refused(429, "RATE_LIMITED");
        assert!(answer.header("retry-after").is_some() && answer.header("ratelimit").is_some());
    }
    app.advance(Span::minutes(2));
    let _ = me(&app, &own.text).await.expect(200);
}

#[tokio::test]
async fn a_quota_counts_beside_the_limit_m32() {
    let app = TestApp::with(|settings| {
        settings.set(ApiKeySettings { quota: Limit::of(4, Span::days(30)), ..ApiKeySettings::default() });
    })
    .await;
    let alice = app.actor("alice").await;
    let own = make_with(&alice, json!({"name": "ci", "scopes": [], "quota": "2/30d"})).await;
    let other = make(&alice, &[]).await;
    for (key, times) in [(&own, 2), (&other, 4)] {
        for _ in 0..times {
            let answer = me(&app, &key.text).await.expect(200);
            assert!(answer.header("ratelimit").unwrap().starts_with("\"api_key_quota\";"));
        }
        me(&app, &key.text).await.refused(429, "RATE_LIMITED");
    }
    app.advance(Span::hours(1));
    me(&app, &own.text).await.refused(429, "RATE_LIMITED");
}

#[tokio::test]
async fn guessing_keys_is_limited_and_the_right_one_still_passes_a4() {
    let app = TestApp::with(|settings| settings.limits.login = Limit::of(5, Span::minutes(15))).await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let id: ApiKeyId = key.id.parse().unwrap();
    let guess = async |id| me(&app, &ApiKey::new(Environment::Test, id).text()).await;
    for _ in 0..3 {
        guess(id).await.refused(401, "INVALID_API_KEY");
    }
    for _ in 0..2 {
        guess(ApiKeyId::new(app.ctx().now())).await.refused(401, "INVALID_API_KEY");
    }
    for id in [id, ApiKeyId::new(app.ctx().now())] {
        let answer = guess(id).await;
        answer.refused(429, "RATE_LIMITED");
        assert!(answer.header("retry-after").is_some());
    }
    let _ = me(&app, &key.text).await.expect(200);
    let told = app.audited().await;
    assert_eq!(told.iter().filter(|action| *action == "api_keys.refused").count(), 1, "once a minute for one key");
    app.advance(Span::minutes(1));
    guess(id).await.refused(429, "RATE_LIMITED");
    let told = app.audited().await;
    assert_eq!(told.iter().filter(|action| *action == "api_keys.refused").count(), 2);
}

#[tokio::test]
async fn a_key_is_used_from_its_networks_alone_m05() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let networks = json!(["192.0.2.0/24", "2001:db8::/32", "203.0.113.7"]);
    let key = make_with(&alice, json!({"name": "ci", "scopes": [], "allowed_networks": networks})).await;
    for (from, allowed) in [
        ("192.0.2.200", true),
        ("::ffff:192.0.2.1", true),
        ("2001:db8:ffff::1", true),
        ("203.0.113.7", true),
        ("203.0.113.8", false),
        ("192.0.3.1", false),
        ("2001:db9::1", false),
        ("127.0.0.1", false),
    ] {
        let answer = me(&app.from(from), &key.text).await;
        assert_eq!(answer.status.as_u16(), if allowed { 200 } else { 401 }, "{from}: {}", answer.text);
    }
    // What a caller writes itself is no network address (`A1`).
    let request = app.request(Method::GET, "/api/me").header("x-api-key", &key.text);
    let request = request.header("x-forwarded-for", "192.0.2.1").body(Body::empty()).unwrap();
    app.send(request).await.refused(401, "INVALID_API_KEY");
    let _ = alice.patch(&key.path(), json!({"allowed_networks": []})).await.expect(200);
    let _ = me(&app, &key.text).await.expect(200);
}

#[tokio::test]
async fn a_report_revokes_a_key_that_works_and_tells_nothing_m05() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let _ = me(&other, &key.text).await.expect(200);
    let report = async |text: &str| -> Answer {
        app.post("/api/auth/api-key/report", json!({"api_key": text})).await.expect(202)
    };
    let id: ApiKeyId = key.id.parse().unwrap();
    let mut answers = vec![report("gdk_test_x").await, report("x").await];
    answers.push(report(&ApiKey::new(Environment::Test, id).text()).await);
    let _ = me(&app, &key.text).await.expect(200);
    answers.push(report(&key.text).await);
    answers.push(report(&key.text).await);
    assert!(answers.iter().all(|answer| answer.text == answers[0].text));
    me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
    other.caught_up().await;
    me(&other, &key.text).await.refused(401, "INVALID_API_KEY");
    let letters = app.letters().await;
    let letters: Vec<_> = letters.iter().filter(|letter| letter.subject.contains("API key")).collect();
    assert_eq!((letters.len(), letters[0].to.as_str()), (1, "alice@example.com"));
    assert!(letters[0].text.contains(&key.text[..25]) && !letters[0].text.contains(&key.text[36..]));
    assert_eq!(app.audited().await.iter().filter(|action| *action == "api_keys.leaked").count(), 1);
}

#[tokio::test]
async fn reports_are_limited_per_network_d2() {
    let app = TestApp::with(|settings| {
        settings.set(ApiKeySettings { report: Limit::of(2, Span::hours(1)), ..ApiKeySettings::default() });
    })
    .await;
    let report = async || app.post("/api/auth/api-key/report", json!({"api_key": "gdk_test_x"})).await;
    for _ in 0..2 {
        let _ = report().await.expect(202);
    }
    report().await.refused(429, "RATE_LIMITED");
}

#[tokio::test]
async fn a_token_of_a_key_counts_as_the_key_m32() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let key = make_with(&alice, json!({"name": "ci", "scopes": [], "rate_limit": "3/1m"})).await;
    let token = super::exchange::exchanged(&app, &key).await;
    for _ in 0..2 {
        let _ = bearer(&app, "/api/me", &token).await.expect(200);
    }
    bearer(&app, "/api/me", &token).await.refused(429, "RATE_LIMITED");
}

//! What ends by itself, and who is told of it.

use guardhouse_core::time::Span;
use serde_json::{Value, json};

use super::{Key, MINE, make, make_with, me};
use crate::{
    features::api_keys::FEATURE,
    kernel::jobs::JobKind,
    testing::{Actor, TestApp},
};

/// Runs what recurs once for all nodes.
async fn recurring(app: &TestApp) {
    for job in (FEATURE.jobs)() {
        if let JobKind::Recurring { run, .. } = job {
            run(app.ctx()).await.unwrap();
        }
    }
}

async fn expiring(owner: &Actor<'_>, app: &TestApp, life: Span) -> Key {
    let end = (app.ctx().now() + life).to_string();
    make_with(owner, json!({"name": "ci", "scopes": [], "expires_at": end})).await
}

#[tokio::test]
async fn an_expired_key_is_refused_and_listed_for_a_month_m05_m40() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let key = expiring(&alice, &app, Span::hours(1)).await;
    app.advance(Span(Span::hours(1).0 - 1_000));
    let _ = me(&app, &key.text).await.expect(200);
    app.advance(Span::milliseconds(1));
    me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
    let alice = Actor::bearer(&app, app.login("alice").await);
    alice.post(&format!("{}/rotate", key.path()), json!({})).await.refused(409, "CONFLICT");
    let count = async || app.rows("select count(*) from api_keys", vec![]).await[0].int(0).unwrap();
    for (later, left) in [(Span::days(30), 1), (Span::minutes(1), 0)] {
        app.advance(later);
        for sweep in FEATURE.sweeps {
            (sweep.run)(app.ctx()).await.unwrap();
        }
        assert_eq!(count().await, left);
    }
}

#[tokio::test]
async fn the_old_secret_works_until_the_overlap_is_over_m05() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let first = make(&alice, &[]).await;
    let rotate = async |overlap: Value| {
        let body = if overlap.is_null() { json!({}) } else { json!({ "overlap": overlap }) };
        Key::read(&alice.post(&format!("{}/rotate", first.path()), body).await.expect(200))
    };
    let second = rotate(json!("5m")).await;
    app.advance(Span(Span::minutes(5).0 - 1_000));
    let _ = me(&app, &first.text).await.expect(200);
    app.advance(Span::milliseconds(1));
    me(&app, &first.text).await.refused(401, "INVALID_API_KEY");
    let _ = me(&app, &second.text).await.expect(200);
    // Rotating again drops the oldest at once.
    let third = rotate(json!(null)).await;
    let fourth = rotate(json!(null)).await;
    me(&app, &second.text).await.refused(401, "INVALID_API_KEY");
    for key in [&third, &fourth] {
        let _ = me(&app, &key.text).await.expect(200);
    }
    // Without an overlap there is one secret.
    let fifth = rotate(json!("0s")).await;
    for key in [&third, &fourth] {
        me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
    }
    let _ = me(&app, &fifth.text).await.expect(200);
    assert_eq!(alice.get(MINE).await.json["data"][0]["old_secret_until"], json!(null));
}

#[tokio::test]
async fn owners_are_told_once_before_a_key_ends_6_4_5_m05() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let key = expiring(&alice, &app, Span::days(30)).await;
    expiring(&alice, &app, Span::days(6)).await;
    make(&alice, &[]).await;
    let letters = async || {
        recurring(&app).await;
        let all = app.letters().await;
        all.into_iter().filter(|letter| letter.subject.contains("expires soon")).collect::<Vec<_>>()
    };
    assert_eq!(letters().await.len(), 0, "one that was made for six days needs no letter");
    app.advance(Span(Span::days(23).0 - 1_000));
    assert_eq!(letters().await.len(), 0);
    app.advance(Span::milliseconds(1));
    for _ in 0..2 {
        let told = letters().await;
        assert_eq!(told.len(), 1);
        assert!(told[0].text.contains(&key.text[..25]) && !told[0].text.contains(&key.text[36..]));
    }
    // A later end is told of anew.
    let alice = Actor::bearer(&app, app.login("alice").await);
    let end = (app.ctx().now() + Span::days(20)).to_string();
    let _ = alice.patch(&key.path(), json!({"expires_at": end})).await.expect(200);
    assert_eq!(letters().await.len(), 1);
    app.advance(Span::days(13));
    assert_eq!(letters().await.len(), 2);
}

/// A database that went back in time may hold keys that were revoked since.
#[tokio::test]
async fn keys_of_a_restored_database_open_nothing_until_confirmed_m05() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let unit = crate::features::api_keys::suspend_all(guardhouse_store::Unit::new(), app.ctx().now());
    assert!(app.ctx().db.run(unit).await.unwrap().is_done());
    let app = app.restarted().await;
    let alice = Actor::bearer(&app, app.login("alice").await);
    me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
    assert!(alice.get(MINE).await.json["data"][0]["suspended_at"].is_string());
    let confirmed = alice.patch(&key.path(), json!({"suspended": false})).await.expect(200);
    assert_eq!(confirmed.json["suspended_at"], json!(null));
    let _ = me(&app, &key.text).await.expect(200);
}

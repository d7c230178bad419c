//! Two nodes, and two things at once.

use futures_util::future::join_all;
use guardhouse_core::time::Span;
use http::Method;
use serde_json::json;

use super::{Key, make, me, send};
use crate::{
    kernel::changes::Topic,
    testing::{Actor, TestApp},
};

#[tokio::test]
async fn a_revoked_key_is_refused_on_two_nodes_m03_m05() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let _ = me(&other, &key.text).await.expect(200);
    let _ = alice.delete(&key.path(), json!({})).await.expect(204);
    me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
    other.caught_up().await;
    me(&other, &key.text).await.refused(401, "INVALID_API_KEY");
}

#[tokio::test]
async fn a_change_holds_here_at_once_and_elsewhere_with_the_log_m05() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    for node in [&app, &other] {
        let _ = me(node, &key.text).await.expect(200);
    }
    for (suspended, status) in [(true, 401), (false, 200)] {
        let _ = alice.patch(&key.path(), json!({"suspended": suspended})).await.expect(200);
        let _ = me(&app, &key.text).await.expect(status);
        other.caught_up().await;
        let _ = me(&other, &key.text).await.expect(status);
    }
}

/// A secret that was just answered works everywhere, although other nodes have not heard of it.
#[tokio::test]
async fn a_new_secret_works_on_a_node_that_holds_the_old_one_m05() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let _ = me(&other, &key.text).await.expect(200);
    let new = Key::read(&alice.post(&format!("{}/rotate", key.path()), json!({})).await.expect(200));
    let _ = me(&other, &new.text).await.expect(200);
    let _ = me(&other, &key.text).await.expect(200);
}

/// Every secret that was answered works, and no more than two do.
#[tokio::test]
async fn of_rotations_at_once_none_loses_a_secret_that_was_answered_m05() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let alice = app.actor("alice").await;
    let elsewhere = Actor::bearer(&other, alice.login.clone());
    for _ in 0..5 {
        let key = make(&alice, &[]).await;
        let path = format!("{}/rotate", key.path());
        let rotations = (0..6).map(|n| {
            let actor = if n % 2 == 0 { &alice } else { &elsewhere };
            actor.post(&path, json!({"overlap": "1h"}))
        });
        let answers = join_all(rotations).await;
        let made: Vec<_> = answers.iter().filter(|answer| answer.status == 200).map(Key::read).collect();
        assert!(!made.is_empty());
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            answer.refused(409, "CONFLICT");
        }
        let all = std::iter::once(&key).chain(&made);
        other.caught_up().await;
        let mut live = 0;
        for text in all.map(|key| &key.text) {
            let here = me(&app, text).await.status.as_u16();
            assert_eq!(here, me(&other, text).await.status.as_u16());
            live += u8::from(here == 200);
        }
        assert_eq!(live, 2);
    }
}

#[tokio::test]
async fn rotations_at_the_same_moment_have_one_winner_m05() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let digest = async || app.rows("select digest from api_keys", vec![]).await[0].bytes(0).unwrap();
    let before = digest().await;
    let new = Key::read(&alice.post(&format!("{}/rotate", key.path()), json!({})).await.expect(200));
    assert_ne!(digest().await, before);
    // Another that began from the same secret comes too late.
    let among = super::super::rules::Among::All(alice.login.user_id());
    let who = crate::kernel::audit::Who::system();
    let late =
        super::super::rules::replace(other.ctx(), among, &who, (key.id.parse().unwrap(), before), Span::hours(1));
    assert_eq!(late.await.err().unwrap().code().as_str(), "CONFLICT");
    for text in [&key.text, &new.text] {
        let _ = me(&app, text).await.expect(200);
    }
}

/// What is asked after the answer of a revocation is refused, whatever was on its way before.
#[tokio::test]
async fn a_key_used_while_it_is_revoked_is_refused_after_the_answer_m05() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    for _ in 0..10 {
        let key = make(&alice, &[]).await;
        let _ = me(&app, &key.text).await.expect(200);
        let revoke = async {
            let _ = alice.delete(&key.path(), json!({})).await.expect(204);
            me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
        };
        let uses = join_all((0..10).map(|_| me(&app, &key.text)));
        let ((), answers) = futures_util::future::join(revoke, uses).await;
        assert!(answers.iter().all(|answer| [200, 401].contains(&answer.status.as_u16())));
        me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
    }
}

#[tokio::test]
async fn uses_are_counted_and_written_by_and_by_m05() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    for node in [&app, &other, &app] {
        let _ = me(node, &key.text).await.expect(200);
    }
    me(&app, &key.text[..80]).await.refused(401, "INVALID_API_KEY");
    let shown = async || alice.get(super::MINE).await.expect(200).json["data"][0].clone();
    app.advance(Span::seconds(5));
    for node in [&app, &other] {
        super::super::uses::flush(node.ctx()).await.unwrap();
    }
    let first = shown().await;
    assert_eq!(first["use_count"], json!(3));
    assert_eq!(first["last_used_at"], first["created_at"]);
    let _ = send(&other, Method::GET, "/api/me", &key.text, json!({})).await.expect(200);
    other.engine.stop().await;
    let last = shown().await;
    assert_eq!(last["use_count"], json!(4), "what waits is written before the process ends");
    assert_ne!(last["last_used_at"], first["last_used_at"]);
}

/// A row that is still in memory, as where it was read while the revocation was written, opens nothing.
#[tokio::test]
async fn what_ended_is_looked_into_at_each_use_m05() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &[]).await;
    let token = super::exchange::exchanged(&app, &key).await;
    let ctx = app.ctx();
    let id: guardhouse_core::ids::ApiKeyId = key.id.parse().unwrap();
    ctx.ended.add(Topic::ApiKey, id.bytes(), ctx.now() + Span::hours(1));
    me(&app, &key.text).await.refused(401, "INVALID_API_KEY");
    super::bearer(&app, "/api/me", &token).await.refused(401, "TOKEN_REVOKED");
}

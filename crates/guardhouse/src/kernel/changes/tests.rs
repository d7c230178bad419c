//! What is remembered, and how long.

use guardhouse_core::time::Span;
use guardhouse_store::{Unit, params};
use serde_json::json;

use super::{Topic, append, listener::take_in};
use crate::testing::{Actor, Bench, TestApp};

#[tokio::test]
async fn an_ending_outlives_the_longest_token_ever_issued_m03() {
    let mut bench = Bench::new(|settings| settings.tokens.access_ttl = Span::hours(5)).await;
    bench.node().await;
    bench.settings.tokens.access_ttl = Span::minutes(5);
    let node = bench.node().await;
    assert!(super::keep_until(&node) > (node.now() + Span::hours(5)).0);
}

/// What is appended while a reading goes on may be missed by it, so the lease counts from its beginning.
#[tokio::test]
async fn a_slow_reading_of_the_log_vouches_from_its_beginning_m03() {
    let lease = Span::milliseconds(20);
    let bench = Bench::new(|settings| settings.bus.lease = lease).await;
    let node = bench.node().await;
    let slow = async {
        let began = guardhouse_core::time::stopwatch();
        while began.elapsed() <= lease.to_std() {
            tokio::task::yield_now().await;
        }
        Ok(Vec::new())
    };
    take_in(&node, slow).await.unwrap();
    assert!(!node.ended.current());
    take_in(&node, async { Ok(Vec::new()) }).await.unwrap();
    assert!(node.ended.current());
}

/// A node that is restarted to issue longer tokens tells those that run on, which must remember endings for longer.
#[tokio::test]
async fn longer_tokens_of_a_restarted_node_are_told_to_all_others_m03() {
    let mut bench = Bench::new(|settings| settings.tokens.access_ttl = Span::minutes(5)).await;
    let old = bench.node().await;
    let mut reader = super::load(&old).await.unwrap();
    bench.settings.tokens.access_ttl = Span::hours(5);
    bench.node().await;
    take_in(&old, reader.poll(old.now())).await.unwrap();
    assert!(super::keep_until(&old) > (old.now() + Span::hours(5)).0);
    // A restart that changes nothing tells nothing.
    bench.node().await;
    assert!(reader.poll(old.now()).await.unwrap().is_empty());
}

/// A node is restarted to issue longer tokens, and another that has not heard of it ends a session meanwhile.
#[tokio::test]
async fn an_ending_is_kept_as_long_as_the_database_says_that_tokens_live_m03() {
    let mut bench = Bench::new(|settings| settings.tokens.access_ttl = Span::minutes(5)).await;
    let unaware = bench.node().await;
    bench.settings.tokens.access_ttl = Span::hours(5);
    let longer = bench.node().await;
    let unit = append(&unaware, Unit::new(), Topic::Session, &[7; 16], 0);
    assert!(unaware.db.run(unit).await.unwrap().is_done());
    bench.clock.advance(Span::hours(5));
    super::load(&longer).await.unwrap();
    longer.ended.sweep(longer.now());
    assert!(longer.ended.contains(Topic::Session, [7; 16]));
    // What the node that ended it said of itself at once does not shorten what the log says.
    longer.ended.add(Topic::Session, [7; 16], longer.now());
    longer.ended.sweep(longer.now());
    assert!(longer.ended.contains(Topic::Session, [7; 16]));
    bench.clock.advance(Span::minutes(3));
    longer.ended.sweep(longer.now());
    assert!(!longer.ended.contains(Topic::Session, [7; 16]));
}

/// Nobody reads the change log here, so the node does not hear of what another one wrote.
#[tokio::test]
async fn every_way_to_end_a_session_is_kept_so_long_m03() {
    let app = TestApp::alone(|settings| settings.sessions.max_per_user = 2).await;
    let alice = app.actor("alice").await;
    app.change("update signing_keys set longest_ttl = $1", params![Span::hours(5).0]).await;
    let _ = alice.post("/api/auth/logout", json!({})).await.expect(204);
    for _ in 0..3 {
        app.login("alice").await;
    }
    let last = Actor::bearer(&app, app.login("alice").await);
    let _ = last.post("/api/auth/logout", json!({"all": true})).await.expect(204);
    let until = app.ctx().now() + Span::hours(5);
    let rows = app.rows("select count(distinct key), min(keep_until) from change_log where topic = 'session'", vec![]);
    let row = &rows.await[0];
    assert_eq!(row.int(0).unwrap(), 5);
    assert!(row.int(1).unwrap() > until.0);
}

//! What is remembered, and how long.

use guardhouse_core::time::Span;

use super::listener::take_in;
use crate::testing::Bench;

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

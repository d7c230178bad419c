//! What is remembered, and how long.

use guardhouse_core::time::Span;

use crate::testing::Bench;

#[tokio::test]
async fn an_ending_outlives_the_longest_token_ever_issued_m03() {
    let mut bench = Bench::new(|settings| settings.tokens.access_ttl = Span::hours(5)).await;
    bench.node().await;
    bench.settings.tokens.access_ttl = Span::minutes(5);
    let node = bench.node().await;
    assert!(super::keep_until(&node) > (node.now() + Span::hours(5)).0);
}

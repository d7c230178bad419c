use super::*;
use crate::testing::TestApp;

/// The cap takes the oldest first, and neither locks nor what belongs to an account (M-40, rulings 24).
#[tokio::test]
async fn rows_of_addresses_are_capped_the_oldest_unlocked_first_m40() {
    let app = TestApp::new().await;
    let ctx = app.ctx();
    let of = |name: &str| Target::new(ctx, "password", &[name.as_bytes()]);
    for _ in 0..5 {
        let _ = reserve(ctx, of("locked")).await.unwrap();
    }
    let _ = reserve(ctx, of("device").of(AccountId::new(ctx.now()))).await.unwrap();
    for name in ["old", "middle", "new"] {
        app.advance(Span::seconds(1));
        let _ = reserve(ctx, of(name)).await.unwrap();
    }
    trim(ctx, 2).await.unwrap();
    for (name, stays) in [("locked", true), ("device", true), ("old", false), ("middle", false), ("new", true)] {
        assert_eq!(ctx.db.first(&store::FIND, params![of(name).key]).await.unwrap().is_some(), stays, "{name}");
    }
    trim(ctx, 0).await.unwrap();
    assert!(look(ctx, of("locked")).await.is_err());
}

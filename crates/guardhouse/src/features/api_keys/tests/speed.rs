//! What a check asks the database.

use super::{make, me};
use crate::testing::TestApp;

#[tokio::test]
async fn a_key_seen_lately_is_checked_without_the_database_m05_m65() {
    let app = TestApp::alone(|_| {}).await;
    let alice = app.actor("alice").await;
    let key = make(&alice, &["documents:read"]).await;
    // The account is in memory by now.
    let _ = alice.get("/api/me").await.expect(200);
    let before = app.ctx().db.stats();
    let _ = me(&app, &key.text).await.expect(200);
    let after = app.ctx().db.stats();
    let statements = after.statements - before.statements;
    // On PostgreSQL limits are counted there.
    let counted = app.ctx().db.dialect().pick(0, 1);
    assert_eq!(statements, 1 + counted, "one look-up for a key that is not in memory");
    for _ in 0..10 {
        let _ = me(&app, &key.text).await.expect(200);
    }
    assert_eq!(app.ctx().db.stats().statements, after.statements + 10 * counted);
    assert_eq!(app.ctx().db.stats().commits, after.commits);
}

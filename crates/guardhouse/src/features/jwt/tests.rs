//! Through HTTP, as a caller would.

use crate::testing::TestApp;

#[tokio::test]
async fn the_key_set_is_public_m01() {
    let app = TestApp::new().await;
    let answer = app.get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(answer.json["keys"][0]["alg"], "ES256");
    assert!(answer.json["keys"][0]["d"].is_null());
}

//! Through HTTP, as a caller would.

mod forge;
mod forged;
mod matrix;
mod refresh;
mod shared_secret;
mod times;

use crate::testing::TestApp;

#[tokio::test]
async fn the_key_set_is_public_m01() {
    let app = TestApp::new().await;
    let answer = app.get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(answer.json["keys"][0]["alg"], "ES256");
    for private in ["d", "k", "p", "q"] {
        assert!(answer.json["keys"][0][private].is_null(), "{private}");
    }
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
}

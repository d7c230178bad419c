//! Through HTTP, as a caller would.

use serde_json::json;

use crate::{features::password::PolicySettings, testing::TestApp};

#[tokio::test]
async fn a_login_form_learns_what_is_offered_m11() {
    let app = TestApp::with(|settings| settings.change(|password: &mut PolicySettings| password.min_length = 12)).await;
    let answer = app.get("/api/auth/config").await.expect(200);
    let wanted = json!({
        "registration": {"open": true, "verify_email": "optional"},
        "password": {"min_length": 12, "max_length": 256, "min_strength": 0, "require": []},
        "delivery": ["tokens", "cookie"],
        "methods": ["password", "magic_link", "passkey"],
        "social": [],
        "captcha": "off",
    });
    assert_eq!(answer.json, wanted);
}

//! Through HTTP, as a caller would.

use guardhouse_core::time::Span;
use serde_json::json;

use crate::{
    kernel::settings::Profile,
    testing::{START, TestApp},
};

#[tokio::test]
async fn time_goes_forward_as_told_and_never_back() {
    let app = TestApp::new().await;
    let said = app.get("/dev/clock").await.expect(200).json["now"].clone();
    assert_eq!(said, json!(START));
    let moved = app.post("/dev/clock", json!({"advance": "15m"})).await.expect(200).json["now"].clone();
    assert_eq!(app.ctx().now(), START + Span::minutes(15));
    assert_eq!(moved, json!(app.ctx().now()));
    for wrong in ["-15m", "soon", ""] {
        app.post("/dev/clock", json!({"advance": wrong})).await.refused(400, "VALIDATION_FAILED");
    }
    app.post("/dev/clock", json!({"advance": "1m", "by": 1})).await.refused(400, "VALIDATION_FAILED");
    assert_eq!(app.ctx().now(), START + Span::minutes(15));
}

#[tokio::test]
async fn nobody_moves_it_outside_development_or_from_elsewhere_m31() {
    let production = TestApp::with(|settings| settings.profile = Profile::Production).await;
    let far = TestApp::new().await.from("192.0.2.1");
    for app in [production, far] {
        app.post("/dev/clock", json!({"advance": "15m"})).await.refused(404, "NOT_FOUND");
        assert_eq!(app.ctx().now(), START);
    }
}

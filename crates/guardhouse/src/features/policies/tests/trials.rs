//! Validating and testing without effect.

use serde_json::{Value, json};

use super::{ALL, NOBODY, POLICIES, READERS, add, decides, detail};
use crate::testing::TestApp;

#[tokio::test]
async fn a_source_is_validated_with_places_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let validate = async |source: &str| {
        admin.post(&format!("{POLICIES}/validate"), json!({"source": source})).await.expect(200).json
    };
    assert_eq!(validate(ALL).await, json!({"valid": true, "errors": [], "warnings": []}));
    let broken = validate("permit (principal, action, resource)\nwhen { ( };").await;
    assert_eq!((&broken["valid"], &broken["errors"][0]["line"]), (&json!(false), &json!(2)));
    assert!(broken["errors"][0]["message"].is_string() && broken["errors"][0]["column"].is_u64());
    let schema = "entity robot, record; action read appliesTo { principal: robot, resource: record };";
    let _ = admin.post(&format!("{POLICIES}/schema"), json!({"source": schema})).await.expect(201);
    assert_eq!(validate("permit (principal, action, resource is recrod);").await["valid"], false);
    let never = validate("permit (principal, action, resource) when { false };").await;
    assert_eq!(never["valid"], true);
    assert!(!never["warnings"].as_array().unwrap().is_empty(), "{never}");
    assert!(!decides(&admin, "read").await);
}

fn case(action: &str, expect: bool) -> Value {
    json!({
        "subject": {"type": "robot", "id": "r2"},
        "action": {"name": action},
        "resource": {"type": "record", "id": "1"},
        "expect": expect,
    })
}

#[tokio::test]
async fn cases_are_put_without_effect_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let _ = add(&admin, "records", READERS).await.expect(201);
    let test = async |body: Value| admin.post(&format!("{POLICIES}/test"), body).await.expect(200).json;
    let cases = json!([case("read", true), case("write", true)]);
    let of_present = test(json!({"cases": cases})).await;
    assert_eq!((&of_present["passed"], &of_present["failed"]), (&json!(1), &json!(1)));
    let second = &of_present["results"][1];
    assert_eq!((&second["name"], &second["decision"], &second["passed"]), (&json!("2"), &json!(false), &json!(false)));
    assert!(of_present["results"][0]["reasons"][0].as_str().unwrap().contains("records version 1"));
    let tried = |name: &str, source: &str| json!([{"name": name, "source": source}]);
    let beside = test(json!({"policies": tried("all", ALL), "cases": cases})).await;
    assert_eq!((&beside["passed"], &beside["failed"]), (&json!(2), &json!(0)));
    let instead = test(json!({"policies": tried("records", NOBODY), "cases": cases})).await;
    assert_eq!((&instead["passed"], &instead["failed"]), (&json!(0), &json!(2)));
    let writers = "permit (principal, action == Action::\"write\", resource);";
    let alone = test(json!({"policies": tried("writers", writers), "alone": true, "cases": cases})).await;
    assert_eq!((&alone["results"][0]["passed"], &alone["results"][1]["passed"]), (&json!(false), &json!(true)));
    assert!(decides(&admin, "read").await && !decides(&admin, "write").await);
    assert_eq!(admin.get(POLICIES).await.json["data"].as_array().unwrap().len(), 1);

    let broken =
        admin.post(&format!("{POLICIES}/test"), json!({"policies": tried("x", "permit"), "cases": cases})).await;
    assert_eq!(detail(&broken).1, "INVALID_POLICY");
    let no_type = json!([{"subject": {"id": "x"}, "action": {"name": "a"}, "resource": {"type": "t", "id": "1"}, "expect": true}]);
    let incomplete = admin.post(&format!("{POLICIES}/test"), json!({"cases": no_type})).await;
    assert_eq!(detail(&incomplete), ("cases", "INVALID_CASE", "subject.type: This field is required."));
}

#[tokio::test]
async fn stored_attributes_hold_in_cases_too_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let source = "permit (principal, action, resource) when { principal.email == \"admin@example.com\" };";
    let _ = add(&admin, "admin", source).await.expect(201);
    let of = |id: &Value| {
        let mut case = case("read", true);
        case["subject"] = json!({"type": "user", "id": id, "properties": {"email": "admin@example.com"}});
        case
    };
    let alice = app.register("alice").await;
    let body = json!({"cases": [of(&admin.login.user["id"]), of(&alice.user["id"]), of(&json!("usr_01h455vb4pex5vsknk084sn02q"))]});
    let results = admin.post(&format!("{POLICIES}/test"), body).await.expect(200).json["results"].clone();
    let decisions: Vec<&Value> = results.as_array().unwrap().iter().map(|one| &one["decision"]).collect();
    assert_eq!(decisions, [&json!(true), &json!(false), &json!(false)]);
}

//! The schema that policies fit.

use serde_json::json;

use super::{POLICIES, READERS, add, decides, detail, of};
use crate::testing::TestApp;

const SCHEMA: &str = "entity robot; entity record = { status?: String };
action read, write appliesTo { principal: robot, resource: record };";

fn at() -> String {
    format!("{POLICIES}/schema")
}

#[tokio::test]
async fn policies_fit_the_schema_or_do_not_take_effect_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    admin.get(&at()).await.refused(404, "NOT_FOUND");
    admin.delete(&at(), json!({})).await.refused(404, "NOT_FOUND");
    let made = add(&admin, "readers", READERS).await.expect(201).json;
    let schema = admin.post(&at(), json!({"source": SCHEMA})).await.expect(201).json;
    assert_eq!((&schema["version"], &schema["source"]), (&json!(1), &json!(SCHEMA)));
    assert_eq!(schema["created_by"], admin.login.user["id"]);
    assert_eq!(admin.get(&at()).await.expect(200).json, schema);
    assert!(decides(&admin, "read").await);

    let typo =
        "permit (principal, action == Action::\"read\", resource is record)\nwhen { resource.stauts == \"open\" };";
    for answer in [add(&admin, "typo", typo).await, admin.patch(&of(&made), json!({"source": typo})).await] {
        let (field, code, message) = detail(&answer);
        assert_eq!((field, code), ("source", "INVALID_POLICY"));
        assert!(message.starts_with("line 2, column 8: ") && message.contains("stauts"), "{message}");
    }
    let unknown = "permit (principal is person, action, resource);";
    assert_eq!(detail(&add(&admin, "unknown", unknown).await).1, "INVALID_POLICY");
}

#[tokio::test]
async fn a_schema_that_a_policy_does_not_fit_is_refused_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let _ = add(&admin, "readers", READERS).await.expect(201);
    let without = "entity robot, note; action read appliesTo { principal: robot, resource: note };";
    let answer = admin.post(&at(), json!({"source": without})).await;
    assert_eq!(detail(&answer).1, "INVALID_POLICY");
    let answer = admin.post(&at(), json!({"source": "entity robot = ;"})).await;
    let (field, code, message) = detail(&answer);
    assert_eq!((field, code), ("source", "INVALID_SCHEMA"));
    assert!(message.starts_with("line 1, column"), "{message}");
    admin.get(&at()).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_schema_may_be_json_may_change_and_may_go_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let text = json!({"": {
        "entityTypes": {"robot": {}, "record": {}},
        "actions": {"read": {"appliesTo": {"principalTypes": ["robot"], "resourceTypes": ["record"]}}},
    }});
    let _ = admin.post(&at(), json!({"source": text.to_string()})).await.expect(201);
    assert_eq!(admin.post(&at(), json!({"source": SCHEMA})).await.expect(201).json["version"], 2);
    let _ = admin.delete(&at(), json!({})).await.expect(204);
    admin.get(&at()).await.refused(404, "NOT_FOUND");
    assert_eq!(admin.post(&at(), json!({"source": SCHEMA})).await.expect(201).json["version"], 3);
    let actions: Vec<String> =
        app.audited().await.into_iter().filter(|action| action.starts_with("policies.")).collect();
    assert_eq!(actions, ["policies.schema_changed"; 4]);
}

#[tokio::test]
async fn groups_of_actions_come_from_the_schema_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let _ = add(&admin, "groups", "permit (principal, action in Action::\"reads\", resource);").await.expect(201);
    assert!(!decides(&admin, "read").await);
    let grouped =
        "entity robot, record; action reads; action read in [reads] appliesTo { principal: robot, resource: record };";
    let _ = admin.post(&at(), json!({"source": grouped})).await.expect(201);
    assert!(decides(&admin, "read").await && !decides(&admin, "write").await);
}

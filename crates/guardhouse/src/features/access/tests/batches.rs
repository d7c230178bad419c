//! When batches end, and what bounds them.

use serde_json::{Value, json};

use super::{EVALUATION, EVALUATIONS, policy};
use crate::testing::{Actor, TestApp};

/// Documents 1 and 3 may be read.
const SOME: &str = "permit (principal == user::\"alice@example.com\", action == Action::\"read\", resource)
when { resource in [document::\"1\", document::\"3\"] };";

fn batch(semantic: Option<&str>, ids: &[&str]) -> Value {
    let document = |id: &&str| json!({"resource": {"type": "document", "id": id}});
    let mut body = json!({
        "subject": {"type": "user", "id": "alice@example.com"},
        "action": {"name": "read"},
        "evaluations": ids.iter().map(document).collect::<Vec<_>>(),
    });
    if let Some(semantic) = semantic {
        body["options"] = json!({"evaluations_semantic": semantic, "another_option": "value"});
    }
    body
}

async fn decisions(pep: &Actor<'_>, body: Value) -> Vec<bool> {
    let answer = pep.post(EVALUATIONS, body).await.expect(200);
    answer.json["evaluations"].as_array().unwrap().iter().map(|one| one["decision"].as_bool().unwrap()).collect()
}

#[tokio::test]
async fn a_batch_ends_as_its_semantic_says_m23() {
    let app = TestApp::new().await;
    let pep = app.admin().await;
    policy(&pep, "some", SOME).await;
    let ids = ["1", "2", "3"];
    for (semantic, expected) in [
        (None, vec![true, false, true]),
        (Some("execute_all"), vec![true, false, true]),
        (Some("deny_on_first_deny"), vec![true, false]),
        (Some("permit_on_first_permit"), vec![true]),
    ] {
        assert_eq!(decisions(&pep, batch(semantic, &ids)).await, expected, "{semantic:?}");
    }
    assert_eq!(decisions(&pep, batch(Some("permit_on_first_permit"), &["2", "4"])).await, [false, false]);
    assert_eq!(decisions(&pep, batch(Some("deny_on_first_deny"), &["1", "3"])).await, [true, true]);
    let mut failing = batch(Some("deny_on_first_deny"), &["1", "3"]);
    failing["evaluations"][0] = json!({"resource": {"type": "document"}});
    assert_eq!(decisions(&pep, failing).await, [false], "what fails is a denial");
}

#[tokio::test]
async fn an_entry_that_fails_is_denied_alone_m23() {
    let app = TestApp::new().await;
    let pep = app.admin().await;
    policy(&pep, "some", SOME).await;
    let mut body = batch(None, &["1", "1", "1", "1", "1", "3"]);
    body["evaluations"][1] = json!({"resource": {"type": "document", "id": 7}});
    body["evaluations"][2] = json!({"resource": "document"});
    body["evaluations"][3] = json!({"resource": {"type": "document", "id": "1", "properties": {"n": vec![0; 300]}}});
    body["evaluations"][4] = json!("nothing");
    let answer = pep.post(EVALUATIONS, body).await.expect(200).json;
    let all = answer["evaluations"].as_array().unwrap();
    let decisions: Vec<&Value> = all.iter().map(|one| &one["decision"]).collect();
    assert_eq!(decisions, [true, false, false, false, false, true].map(Value::Bool).iter().collect::<Vec<_>>());
    for one in &all[1..5] {
        assert_eq!(one["context"]["error"]["status"], 400);
        assert!(one["context"]["error"]["message"].is_string());
    }
    assert!(all[0]["context"]["error"].is_null());
}

#[tokio::test]
async fn what_is_wrong_with_the_whole_batch_is_a_400_m23() {
    let app = TestApp::new().await;
    let pep = app.admin().await;
    let right = batch(None, &["1"]);
    for (name, value) in [
        ("evaluations", json!({})),
        ("evaluations", json!("all")),
        ("evaluations", json!(vec![json!({}); 101])),
        ("options", json!([])),
        ("options", json!({"evaluations_semantic": "all"})),
        ("options", json!({"evaluations_semantic": 1})),
        ("subject", json!("alice")),
        ("context", json!([])),
    ] {
        let mut body = right.clone();
        body[name] = value;
        pep.post(EVALUATIONS, body).await.refused(400, "VALIDATION_FAILED");
    }
    let mut most = right.clone();
    most["evaluations"] = json!(vec![json!({"resource": {"type": "document", "id": "1"}}); 100]);
    assert_eq!(decisions(&pep, most).await.len(), 100);
    let nested = format!("{}1{}", "[".repeat(120), "]".repeat(120));
    let deep = format!(
        "{{\"subject\":{{\"type\":\"user\",\"id\":\"a\",\"properties\":{{\"a\":{nested}}}}},\
                        \"action\":{{\"name\":\"read\"}},\"resource\":{{\"type\":\"t\",\"id\":\"1\"}}}}"
    );
    let deep: Value = serde_json::from_str(&deep).unwrap();
    pep.post(EVALUATION, deep).await.refused(400, "VALIDATION_FAILED");
    let number = json!({"subject": {"type": "user", "id": "a"}, "action": {"name": "read"},
        "resource": {"type": "t", "id": "1", "properties": {"n": 1e300}}});
    assert_eq!(pep.post(EVALUATION, number).await.expect(200).json["decision"], false);
}

//! The part of the certification scenario that searches, and its metadata.

use serde_json::{Value, json};

use super::{
    policy,
    scenario::{archived, bob_as_admin, fixture, with},
};
use crate::testing::{Actor, TestApp};

async fn search(pep: &Actor<'_>, what: &str, body: Value) -> Vec<String> {
    let answer = pep.post(&format!("/access/v1/search/{what}"), body).await.expect(200);
    assert!(answer.json["page"]["next_token"].is_string(), "{}", answer.text);
    let results = answer.json["results"].as_array().unwrap();
    let text = |one: &Value| {
        let id = if what == "action" { &one["name"] } else { &one["id"] };
        assert!(what == "action" || one["type"].is_string());
        id.as_str().unwrap().to_owned()
    };
    results.iter().map(text).collect()
}

#[tokio::test]
async fn search_core_and_properties_m23() {
    let app = TestApp::new().await;
    let pep = fixture(&app).await;
    let (users, records) = (json!({"type": "user"}), json!({"type": "record"}));
    let (alice, first) = (json!({"type": "user", "id": "alice"}), json!({"type": "record", "id": "record-1"}));
    let (read, write) = (json!({"name": "read"}), json!({"name": "write"}));
    let has = |found: &[String], wanted: &[&str]| {
        assert!(wanted.iter().all(|one| found.iter().any(|found| found == one)), "{found:?} lacks one of {wanted:?}");
    };
    let who = json!({"subject": users, "action": read, "resource": first, "context": {"time": "now"}});
    has(&search(&pep, "subject", who.clone()).await, &["alice", "bob"]);
    let to_what = json!({"subject": alice, "action": read, "resource": records});
    has(&search(&pep, "resource", to_what).await, &["record-1"]);
    let what = json!({"subject": alice, "resource": first, "context": {"time": "now"}});
    has(&search(&pep, "action", what).await, &["read", "write"]);

    let who_of_archived = json!({"subject": users, "action": write, "resource": archived()});
    has(&search(&pep, "subject", who_of_archived).await, &["bob"]);
    let to_what_as_admin = json!({"subject": bob_as_admin(), "action": write, "resource": records});
    has(&search(&pep, "resource", to_what_as_admin).await, &["record-2"]);
    let what_as_admin = json!({"subject": bob_as_admin(), "resource": archived()});
    has(&search(&pep, "action", what_as_admin).await, &["write"]);

    let nobody = json!({"subject": {"type": "user", "id": "nonexistent-user"}, "resource": first});
    assert!(search(&pep, "action", nobody).await.is_empty());
    let no_type = json!({"subject": {"type": "spaceship"}, "action": read, "resource": first});
    assert!(search(&pep, "subject", no_type).await.is_empty());
    for (what, lacking) in [
        ("subject", json!({"subject": users, "resource": first})),
        ("resource", json!({"action": read, "resource": records})),
        ("action", json!({"subject": alice})),
        ("subject", json!({"subject": users, "action": read, "resource": records})),
        ("resource", json!({"subject": users, "action": read, "resource": records})),
        ("subject", json!({"subject": {}, "action": read, "resource": first})),
        ("subject", with(who.clone(), json!({"page": 1}))),
        ("subject", with(who.clone(), json!({"page": {"limit": 0}}))),
        ("subject", with(who.clone(), json!({"page": {"token": "?"}}))),
    ] {
        pep.post(&format!("/access/v1/search/{what}"), lacking).await.refused(400, "VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn pages_of_a_search_are_the_whole_m23_t5() {
    let app = TestApp::new().await;
    let pep = fixture(&app).await;
    policy(&pep, "people", r#"permit (principal is user, action == Action::"read", resource == record::"record-1");"#)
        .await;
    for name in ["carol", "dave", "erin"] {
        app.register(name).await;
    }
    let question = json!({"subject": {"type": "user"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}});
    let all = search(&pep, "subject", question.clone()).await;
    assert_eq!(all.len(), 6, "two that the policies name, and the accounts");
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let body = with(question.clone(), json!({"page": {"limit": 1, "token": token}}));
        let answer = pep.post("/access/v1/search/subject", body).await.expect(200).json;
        found.extend(answer["results"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        assert_eq!(answer["page"]["count"], 1);
        token = answer["page"]["next_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(found, all);
}

#[tokio::test]
async fn the_endpoints_are_told_m23() {
    let app = TestApp::new().await;
    let metadata = app.get("/.well-known/authzen-configuration").await.expect(200).json;
    let base = app.ctx().links.to("");
    let base = base.trim_end_matches('/');
    assert_eq!(metadata["policy_decision_point"], base);
    for (name, path) in [
        ("access_evaluation_endpoint", "evaluation"),
        ("access_evaluations_endpoint", "evaluations"),
        ("search_subject_endpoint", "search/subject"),
        ("search_resource_endpoint", "search/resource"),
        ("search_action_endpoint", "search/action"),
    ] {
        assert_eq!(metadata[name], format!("{base}/access/v1/{path}"));
    }
}

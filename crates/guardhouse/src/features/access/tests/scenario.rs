//! The certification scenario of the AuthZEN working group: its fixture, and every request and expectation of it.

use axum::body::Body;
use http::Method;
use serde_json::{Value, json};

use super::{EVALUATION, EVALUATIONS, decision, policy, question};
use crate::testing::{Actor, Answer, TestApp};

/// The fixture's eight rules and its data, in Cedar.
const FIXTURE: &str = r#"
permit (principal == user::"alice", action in [Action::"read", Action::"write"], resource is record)
unless { action == Action::"write" && resource has status && resource.status == "archived" };
permit (principal == user::"bob", action == Action::"read", resource is record);
permit (principal is user, action == Action::"write", resource is record)
when {
  principal has role && principal.role == "admin" &&
  (resource == record::"record-2" || resource has status && resource.status == "archived")
};
permit (principal == user::"bob", action == Action::"write", resource == record::"record-2");
permit (principal == user::"alice", action == Action::"delete", resource == record::"record-1")
when { context has action && context.action has soft && context.action.soft };
"#;

pub(super) fn with(question: Value, changes: Value) -> Value {
    let (Value::Object(mut question), Value::Object(changes)) = (question, changes) else { panic!("objects") };
    question.extend(changes);
    Value::Object(question)
}

pub(super) fn archived() -> Value {
    json!({"type": "record", "id": "record-2", "properties": {"status": "archived"}})
}

pub(super) fn bob_as_admin() -> Value {
    json!({"type": "user", "id": "bob", "properties": {"role": "admin"}})
}

pub(super) async fn fixture(app: &TestApp) -> Actor<'_> {
    let admin = app.admin().await;
    policy(&admin, "fixture", FIXTURE).await;
    admin
}

fn decisions(answer: &Answer) -> Vec<bool> {
    assert!(answer.json["decision"].is_null(), "{}", answer.text);
    answer.json["evaluations"].as_array().unwrap().iter().map(|one| one["decision"].as_bool().unwrap()).collect()
}

#[tokio::test]
async fn basic_core_and_properties_m23() {
    let app = TestApp::new().await;
    let pep = fixture(&app).await;
    let (read, write) =
        (question("user:alice", "read", "record:record-1"), question("user:alice", "write", "record:record-1"));
    let delete = |soft: bool| {
        let action = json!({"name": "delete", "properties": {"soft": soft}});
        with(read.clone(), json!({"action": action}))
    };
    let more = json!({
        "subject": {"type": "user", "id": "alice", "properties": {"department": "Sales", "role": "manager"}},
        "action": {"name": "read", "properties": {"method": "GET"}},
        "resource": {"type": "record", "id": "record-1", "properties": {"status": "active", "owner": "bob"}},
    });
    let circumstances = json!({"context": {"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"}});
    for (rule, question, expected) in [
        ("1", read.clone(), true),
        ("2", write.clone(), true),
        ("3", question("user:bob", "read", "record:record-1"), true),
        ("4", question("user:bob", "write", "record:record-1"), false),
        ("5", with(write.clone(), json!({"resource": archived()})), false),
        ("6", with(write, json!({"subject": bob_as_admin(), "resource": archived()})), true),
        ("7", delete(true), true),
        ("8", delete(false), false),
        ("context", with(read.clone(), circumstances), true),
        ("additional properties", more, true),
        ("unknown fields", with(read.clone(), json!({"foo": "bar", "futureField": {"nested": true}})), true),
    ] {
        let answer = pep.post(EVALUATION, question).await.expect(200);
        assert_eq!(answer.json["decision"], json!(expected), "rule {rule}: {}", answer.text);
        assert!(answer.json["context"]["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()));
        assert!(answer.json["context"]["reason_admin"]["en"].is_string());
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    for _ in 0..3 {
        assert!(decision(&pep, read.clone()).await, "the same each time");
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_a_body_is_a_400_m23() {
    let app = TestApp::new().await;
    let pep = fixture(&app).await;
    let right = question("user:alice", "read", "record:record-1");
    for name in ["subject", "action", "resource"] {
        let mut lacking = right.clone();
        lacking.as_object_mut().unwrap().remove(name);
        for path in [EVALUATION, EVALUATIONS] {
            pep.post(path, lacking.clone()).await.refused(400, "VALIDATION_FAILED");
        }
    }
    for wrong in [
        json!({"subject": {"id": "alice"}}),
        json!({"subject": {"type": "user"}}),
        json!({"action": {}}),
        json!({"resource": {"id": "record-1"}}),
        json!({"resource": {"type": "record"}}),
        json!({"subject": "alice"}),
        json!({"subject": null}),
        json!({"action": {"name": 123}}),
        json!({"resource": {"type": "record", "id": 1}}),
        json!({"resource": {"type": "record", "id": ""}}),
        json!({"context": "now"}),
        json!({"resource": {"type": "record", "id": "1", "properties": []}}),
    ] {
        pep.post(EVALUATION, with(right.clone(), wrong.clone())).await.refused(400, "VALIDATION_FAILED");
    }
    let send = async |media: Option<&str>, text: &str| {
        let mut request = pep.request(Method::POST, EVALUATION);
        if let Some(media) = media {
            request = request.header("content-type", media);
        }
        app.send(request.body(Body::from(text.to_owned())).unwrap()).await
    };
    for (media, text) in [
        (Some("text/plain"), right.to_string()),
        (Some("application/x-www-form-urlencoded"), right.to_string()),
        (None, right.to_string()),
        (Some("application/json"), String::new()),
        (Some("application/json"), "{\"subject\":".to_owned()),
        (Some("application/json"), "[]".to_owned()),
        (Some("application/json"), "null".to_owned()),
        (Some("application/json"), r#"{"subject":{"type":"user","type":"user","id":"a"}}"#.to_owned()),
    ] {
        send(media, &text).await.refused(400, "MALFORMED_JSON");
    }
    let _ = send(Some("application/json; charset=utf-8"), &right.to_string()).await.expect(200);
    let large = with(right, json!({"context": {"text": "x".repeat(300 * 1024)}}));
    pep.post(EVALUATION, large).await.refused(413, "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn a_request_id_comes_back_m23() {
    let app = TestApp::new().await;
    let pep = fixture(&app).await;
    let request = pep.request(Method::POST, EVALUATION).header("content-type", "application/json");
    let request = request.header("x-request-id", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716");
    let body = Body::from(question("user:alice", "read", "record:record-1").to_string());
    let answer = app.send(request.body(body).unwrap()).await.expect(200);
    assert_eq!(answer.header("x-request-id"), Some("bfe9eb29-ab87-4ca3-be83-a1d5d8305716"));
}

#[tokio::test]
async fn batch_core_and_properties_m23() {
    let app = TestApp::new().await;
    let pep = fixture(&app).await;
    let entity = |kind: &str, id: &str| json!({"type": kind, "id": id});
    let named = |name: &str| json!({"name": name});
    let (alice, bob) = (entity("user", "alice"), entity("user", "bob"));
    let (first, second) = (entity("record", "record-1"), entity("record", "record-2"));
    let active = json!({"type": "record", "id": "record-1", "properties": {"status": "active"}});
    let time = |time: &str| json!({"time": time});
    for (what, body, expected) in [
        (
            "an array",
            json!({"subject": alice, "action": named("read"), "evaluations": [{"resource": first}, {"resource": second}]}),
            [true, true],
        ),
        (
            "decisions",
            json!({"subject": bob, "resource": first,
                "evaluations": [{"action": named("read")}, {"action": named("write")}]}),
            [true, false],
        ),
        (
            "properties",
            json!({"subject": alice, "action": named("write"), "evaluations": [{"resource": active}, {"resource": archived()}]}),
            [true, false],
        ),
        (
            "properties of subjects",
            json!({"action": named("write"), "resource": archived(),
                "evaluations": [{"subject": alice}, {"subject": bob_as_admin()}]}),
            [false, true],
        ),
        (
            "no defaults",
            json!({"evaluations": [
                {"subject": alice, "action": named("read"), "resource": first},
                {"subject": bob, "action": named("write"), "resource": first},
            ]}),
            [true, false],
        ),
        (
            "context",
            json!({"subject": alice, "action": named("read"), "context": time("2025-06-27T18:03-07:00"), "evaluations": [
                {"resource": first},
                {"resource": second, "context": {"time": "2025-06-27T19:00-07:00", "source": "batch-override"}},
            ]}),
            [true, true],
        ),
        (
            "parts of defaults",
            json!({"subject": alice, "action": named("write"), "resource": {"type": "record"}, "evaluations": [
                {"resource": {"id": "record-1", "properties": {"status": "active"}}},
                {"resource": archived()},
            ]}),
            [true, false],
        ),
        (
            "an incomplete entry",
            json!({"subject": alice, "action": named("read"), "evaluations": [{"resource": first}, {}]}),
            [true, false],
        ),
    ] {
        let answer = pep.post(EVALUATIONS, body).await.expect(200);
        assert_eq!(decisions(&answer), expected, "{what}");
    }
    let alone = question("user:alice", "read", "record:record-1");
    for body in [alone.clone(), with(alone, json!({"evaluations": []}))] {
        assert_eq!(pep.post(EVALUATIONS, body).await.expect(200).json["decision"], json!(true));
    }
}

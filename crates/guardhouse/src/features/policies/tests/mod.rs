//! Through HTTP, as a caller would.

mod nodes;
mod schema;
mod trials;
mod versions;

use serde_json::{Value, json};

use crate::testing::{Actor, Answer, TestApp};

pub(super) const POLICIES: &str = "/api/admin/policies";
pub(super) const ALL: &str = "permit (principal, action, resource);";
pub(super) const READERS: &str = "permit (principal, action == Action::\"read\", resource is record);";
pub(super) const NOBODY: &str = "forbid (principal, action, resource);";

pub(super) async fn add(admin: &Actor<'_>, name: &str, source: &str) -> Answer {
    admin.post(POLICIES, json!({"name": name, "source": source})).await
}

/// Where a policy that was answered is.
pub(super) fn of(policy: &Value) -> String {
    format!("{POLICIES}/{}", policy["id"].as_str().unwrap())
}

/// Whether anybody may do this to `record::"1"` by the policies in effect.
pub(super) async fn decides(caller: &Actor<'_>, action: &str) -> bool {
    let question = json!({
        "subject": {"type": "robot", "id": "r2"},
        "action": {"name": action},
        "resource": {"type": "record", "id": "1"},
    });
    caller.post("/access/v1/evaluation", question).await.expect(200).json["decision"].as_bool().unwrap()
}

/// The one detail of a refusal.
#[track_caller]
pub(super) fn detail(answer: &Answer) -> (&str, &str, &str) {
    answer.refused(400, "VALIDATION_FAILED");
    let detail = &answer.json["error"]["details"][0];
    let text = |name: &str| detail[name].as_str().unwrap();
    (text("field"), text("code"), text("message"))
}

#[tokio::test]
async fn a_policy_is_in_effect_as_soon_as_it_is_stored_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    assert!(!decides(&admin, "read").await);
    let body = json!({"name": "readers", "source": READERS, "description": "Everybody reads."});
    let made = admin.post(POLICIES, body).await.expect(201).json;
    assert!(made["id"].as_str().unwrap().starts_with("pol_"));
    assert_eq!((&made["name"], &made["version"], &made["source"]), (&json!("readers"), &json!(1), &json!(READERS)));
    assert!(decides(&admin, "read").await && !decides(&admin, "write").await);
    assert_eq!(admin.get(&of(&made)).await.expect(200).json, made);
    let list = admin.get(POLICIES).await.expect(200).json;
    assert_eq!((&list["data"][0], &list["next_cursor"]), (&made, &Value::Null));
    let _ = admin.delete(&of(&made), json!({})).await.expect(204);
    assert!(!decides(&admin, "read").await);
    admin.get(&of(&made)).await.refused(404, "NOT_FOUND");
    admin.delete(&of(&made), json!({})).await.refused(404, "NOT_FOUND");
    admin.patch(&of(&made), json!({"source": ALL})).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn what_does_not_parse_never_takes_effect_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let answer = add(&admin, "broken", "permit (principal, action, resource)\nwhen { resource. };").await;
    let (field, code, message) = detail(&answer);
    assert_eq!((field, code), ("source", "INVALID_POLICY"));
    assert!(message.contains("line 2, column"), "{message}");
    let made = add(&admin, "readers", READERS).await.expect(201).json;
    let answer = admin.patch(&of(&made), json!({"source": "permit (principal, action);"})).await;
    assert_eq!(detail(&answer).1, "INVALID_POLICY");
    assert_eq!(admin.get(&of(&made)).await.expect(200).json, made);
    assert!(decides(&admin, "read").await);
}

#[tokio::test]
async fn sources_that_attack_the_parser_are_refused_m23_d3() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for source in
        ["(".repeat(64 * 1024), format!("permit (principal, action, resource) when {{ {}", "!".repeat(60_000))]
    {
        let refused = add(&admin, "deep", &source).await;
        assert_eq!(detail(&refused).1, "INVALID_POLICY");
        let validation = admin.post(&format!("{POLICIES}/validate"), json!({"source": source})).await.expect(200).json;
        assert_eq!(validation["valid"], false);
    }
    assert_eq!(detail(&add(&admin, "large", &" ".repeat(64 * 1024 + 1)).await).1, "TOO_LONG");
    let huge = add(&admin, "huge", &"x".repeat(600 * 1024)).await;
    huge.refused(413, "PAYLOAD_TOO_LARGE");
    // 64 KiB of which every character is escaped arrive.
    let escaped = format!("{ALL}{}", "\n".repeat(64 * 1024 - ALL.len()));
    let _ = add(&admin, "escaped", &escaped).await.expect(201);
}

#[tokio::test]
async fn names_and_fields_are_strict_m39() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let _ = add(&admin, "readers", READERS).await.expect(201);
    add(&admin, "readers", ALL).await.refused(409, "CONFLICT");
    for name in ["", "two words", "a\u{202e}", &"a".repeat(65)] {
        assert_eq!(detail(&add(&admin, name, ALL).await).0, "name", "{name}");
    }
    let more = json!({"name": "x", "source": ALL, "effect": "permit"});
    assert_eq!(detail(&admin.post(POLICIES, more).await).1, "UNKNOWN_FIELD");
    for id in ["x", "pol_x", "%FF", "usr_01h455vb4pex5vsknk084sn02q"] {
        admin.get(&format!("{POLICIES}/{id}")).await.refused(404, "NOT_FOUND");
        admin.delete(&format!("{POLICIES}/{id}"), json!({})).await.refused(404, "NOT_FOUND");
    }
    assert_eq!(admin.get(POLICIES).await.expect(200).json["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn policies_are_for_those_with_the_permission_m22_t3() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let made = add(&admin, "readers", READERS).await.expect(201).json;
    let alice = app.actor("alice").await;
    for path in [POLICIES.to_owned(), of(&made), format!("{}/versions", of(&made)), format!("{POLICIES}/schema")] {
        alice.get(&path).await.refused(403, "FORBIDDEN");
    }
    add(&alice, "mine", ALL).await.refused(403, "FORBIDDEN");
    alice.patch(&of(&made), json!({"source": ALL})).await.refused(403, "FORBIDDEN");
    alice.delete(&of(&made), json!({})).await.refused(403, "FORBIDDEN");
    for verb in ["schema", "validate", "test"] {
        alice.post(&format!("{POLICIES}/{verb}"), json!({"source": ALL})).await.refused(403, "FORBIDDEN");
    }
    assert!(!decides(&admin, "write").await);
}

#[tokio::test]
async fn policies_are_listed_in_pages_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for name in ["a", "b", "c"] {
        let _ = add(&admin, name, READERS).await.expect(201);
    }
    let names = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = admin.get(&format!("{POLICIES}?limit=2")).await.expect(200).json;
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = admin.get(&format!("{POLICIES}?limit=2&cursor={cursor}")).await.expect(200).json;
    assert!(rest["next_cursor"].is_null());
    let mut all = [names(&first), names(&rest)].concat();
    all.sort();
    assert_eq!(all, ["a", "b", "c"]);
}

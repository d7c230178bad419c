//! Versions, going back, test cases that guard a change, the audit log.

use serde_json::{Value, json};

use super::{ALL, NOBODY, POLICIES, READERS, add, decides, detail, of};
use crate::testing::TestApp;

#[tokio::test]
async fn each_source_is_a_version_and_one_may_go_back_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let made = add(&admin, "records", READERS).await.expect(201).json;
    let at = of(&made);
    let second = admin.patch(&at, json!({"source": NOBODY})).await.expect(200).json;
    assert_eq!((&second["version"], &second["source"]), (&json!(2), &json!(NOBODY)));
    assert!(!decides(&admin, "read").await);
    let back = admin.patch(&at, json!({"version": 1})).await.expect(200).json;
    assert_eq!((&back["version"], &back["source"]), (&json!(1), &json!(READERS)));
    assert!(decides(&admin, "read").await);
    let third = admin.patch(&at, json!({"source": ALL, "description": "Open."})).await.expect(200).json;
    assert_eq!((&third["version"], &third["description"]), (&json!(3), &json!("Open.")));
    assert!(decides(&admin, "write").await);
    let described = admin.patch(&at, json!({"description": "Wide open."})).await.expect(200).json;
    assert_eq!((&described["version"], &described["source"]), (&json!(3), &json!(ALL)));

    let versions = admin.get(&format!("{at}/versions")).await.expect(200).json;
    let shown: Vec<(&Value, &Value)> =
        versions["data"].as_array().unwrap().iter().map(|one| (&one["version"], &one["source"])).collect();
    assert_eq!(shown, [(&json!(3), &json!(ALL)), (&json!(2), &json!(NOBODY)), (&json!(1), &json!(READERS))]);
    assert_eq!(versions["data"][0]["created_by"], admin.login.user["id"]);
    let page = admin.get(&format!("{at}/versions?limit=1&cursor=3")).await.expect(200).json;
    assert_eq!((&page["data"][0]["version"], &page["next_cursor"]), (&json!(2), &json!("2")));

    assert_eq!(detail(&admin.patch(&at, json!({"version": 9})).await).1, "UNKNOWN_VERSION");
    assert_eq!(detail(&admin.patch(&at, json!({"version": 1, "source": ALL})).await).1, "AMBIGUOUS");
    assert_eq!(detail(&admin.patch(&at, json!({"version": 0})).await).1, "WRONG_TYPE");
    admin.get(&format!("{POLICIES}/pol_01h455vb4pex5vsknk084sn02q/versions")).await.refused(404, "NOT_FOUND");
}

fn case(name: &str, action: &str, expect: bool) -> Value {
    json!({
        "name": name,
        "subject": {"type": "robot", "id": "r2"},
        "action": {"name": action},
        "resource": {"type": "record", "id": "1"},
        "expect": expect,
    })
}

#[tokio::test]
async fn a_change_after_which_a_stored_case_fails_is_refused_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let tests = json!([case("robots read", "read", true), case("robots do not write", "write", false)]);
    let body = json!({"name": "records", "source": READERS, "tests": tests});
    let made = admin.post(POLICIES, body).await.expect(201).json;
    assert_eq!(made["tests"], tests);

    let refused = admin.patch(&of(&made), json!({"source": ALL})).await;
    refused.refused(409, "CONFLICT");
    assert!(refused.text.contains("robots do not write"), "{}", refused.text);
    // Another policy is held against it as well.
    add(&admin, "nobody", NOBODY).await.refused(409, "CONFLICT");
    let other =
        add(&admin, "other", "permit (principal, action == Action::\"list\", resource);").await.expect(201).json;
    let needs = json!({"tests": [case("robots read, by records", "read", true)]});
    let _ = admin.patch(&of(&other), needs).await.expect(200);
    let removed = admin.delete(&of(&made), json!({})).await;
    removed.refused(409, "CONFLICT");
    assert!(removed.text.contains("robots read, by records"));
    assert!(decides(&admin, "read").await && !decides(&admin, "write").await);

    let agreed = json!({"source": ALL, "tests": [case("robots write", "write", true)]});
    assert_eq!(admin.patch(&of(&made), agreed).await.expect(200).json["version"], 2);
    assert!(decides(&admin, "write").await);
    let wrong = json!({"tests": [{"subject": {"type": "robot", "id": "r2"}}]});
    assert_eq!(
        detail(&admin.patch(&of(&made), wrong).await),
        ("tests", "INVALID_CASE", "action: This field is required.")
    );
}

#[tokio::test]
async fn changes_of_policies_are_audited_m34() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let made = add(&admin, "records", READERS).await.expect(201).json;
    let _ = admin.patch(&of(&made), json!({"source": ALL})).await.expect(200);
    let _ = admin.post(&format!("{POLICIES}/schema"), json!({"source": "entity robot, record;"})).await.expect(201);
    let _ = admin.delete(&of(&made), json!({})).await.expect(204);
    add(&admin, "broken", "permit").await.refused(400, "VALIDATION_FAILED");
    let events = admin.get("/api/admin/audit-events?action=policies.").await.expect(200).json;
    let of = |event: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        format!("{} {}", text(&event["action"]), text(&event["details"]["version"]))
    };
    let seen: Vec<String> = events["data"].as_array().unwrap().iter().map(of).collect();
    let expected = ["policies.deleted 2", "policies.schema_changed 1", "policies.updated 2", "policies.created 1"];
    assert_eq!(seen, expected);
    let deleted = &events["data"][0];
    assert_eq!((&deleted["actor"], &deleted["details"]["policy"]), (&admin.login.user["id"], &made["id"]));
}

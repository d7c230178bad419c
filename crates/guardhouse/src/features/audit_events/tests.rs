//! Through HTTP, as a caller would.

use serde_json::{Value, json};

use crate::testing::{PASSWORD, TestApp};

const EVENTS: &str = "/api/admin/audit-events";

guardhouse_store::statements! {
    HIDE = "delete from audit_events where outcome = 'failure'";
}

fn actions(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn who_did_what_from_where_and_how_it_went_m34_16_2_1() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let failed = app.from("192.0.2.9").try_login("alice", "wrong").await;
    failed.refused(401, "INVALID_CREDENTIALS");

    let events = admin.get(&format!("{EVENTS}?outcome=failure")).await.expect(200).json;
    let event = &events["data"][0];
    assert_eq!((&event["subject"], &event["ip"]), (&alice.user["id"], &json!("192.0.2.9")));
    assert_eq!(event["request_id"], failed.json["error"]["request_id"]);
    assert!(event["at"].as_str().unwrap().ends_with('Z') && event["id"].as_str().unwrap().starts_with("evt_"));

    app.login("alice").await;
    let id = alice.user["id"].as_str().unwrap();
    let events =
        admin.get(&format!("{EVENTS}?subject={id}&outcome=success&action=password.login")).await.expect(200).json;
    assert_eq!(actions(&events), ["password.login"]);
    assert!(events["data"][0]["session"].as_str().unwrap().starts_with("ses_"));
}

#[tokio::test]
async fn the_list_is_paged_and_refuses_what_it_does_not_know_m34_d3() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for _ in 0..3 {
        app.login("admin").await;
    }
    let mut seen = 0;
    let mut path = format!("{EVENTS}?limit=2&action=password.login");
    loop {
        let page = admin.get(&path).await.expect(200).json;
        seen += page["data"].as_array().unwrap().len();
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{EVENTS}?limit=2&action=password.login&cursor={cursor}");
    }
    assert_eq!(seen, 3);
    for query in ["limit=0", "limit=999", "cursor=%27", "sort=at", "subject=alice", "outcome=", "limit=1&limit=1"] {
        admin.get(&format!("{EVENTS}?{query}")).await.refused(400, "VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn an_export_has_all_of_it_and_no_secret_m34_d4_16_2_5() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    app.try_login("alice", "canary-password").await.refused(401, "INVALID_CREDENTIALS");
    let refresh = json!({"refresh_token": alice.refresh});
    let _ = app.post("/api/auth/refresh", refresh).await.expect(200);

    let export = admin.get(&format!("{EVENTS}/export")).await.expect(200);
    assert_eq!(export.header("content-type"), Some("application/x-ndjson"));
    let events: Vec<Value> = export.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.len() >= 3 && events.iter().all(|event| event["action"].is_string()));
    assert_eq!(events[0]["action"], "audit_events.exported");
    for secret in [PASSWORD, "canary", &alice.access, &alice.refresh, &admin.login.access] {
        assert!(!export.text.contains(secret));
    }
    let only = admin.get(&format!("{EVENTS}/export?outcome=failure")).await.expect(200);
    assert_eq!(only.text.lines().count(), 1);
}

#[tokio::test]
async fn an_administrator_sees_that_nobody_changed_the_log_16_4_2() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    app.try_login("admin", "wrong").await.refused(401, "INVALID_CREDENTIALS");
    app.login("admin").await;
    crate::kernel::audit::link(app.ctx()).await.unwrap();
    let report = admin.get(&format!("{EVENTS}/verify")).await.expect(200).json;
    assert_eq!((&report["ok"], &report["findings"]), (&json!(true), &json!([])));

    app.ctx().db.execute(&HIDE, guardhouse_store::params![]).await.unwrap();
    let report = admin.get(&format!("{EVENTS}/verify")).await.expect(200).json;
    assert_eq!((&report["ok"], &report["findings"][0]["flaw"]), (&json!(false), &json!("missing")));
}

#[tokio::test]
async fn the_log_is_for_those_with_the_permission_m22() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    for path in [EVENTS.to_owned(), format!("{EVENTS}/export"), format!("{EVENTS}/verify")] {
        alice.get(&path).await.refused(403, "FORBIDDEN");
        app.get(&path).await.refused(401, "TOKEN_MISSING");
    }
}

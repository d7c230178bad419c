//! What the command line does is seen by a running server.

use std::time::Duration;

use guardhouse_core::time::stopwatch;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{KEY, PASSWORD, Server, Setup, refused, stderr, stdout, text, until};

/// Ruling 12: within a second on every other process.
const AT_ONCE: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_user_disabled_from_the_command_line_is_refused_within_a_second_by_every_node_m03_m17() {
    let setup = Setup::new();
    let server = setup.serve().await;
    let second = setup.another_node();
    let other = match &second {
        Some(second) => Some(second.serve().await),
        None => None,
    };
    let login = server.register("dave@example.com").await;
    let token = text(&login["access_token"]);
    let nodes: Vec<&Server> = [Some(&server), other.as_ref()].into_iter().flatten().collect();
    for node in &nodes {
        assert_eq!(node.me(&token).await.status(), StatusCode::OK, "{}", node.log());
    }
    let disabled = setup.run(&["user", "disable", "dave@example.com"]);
    assert!(disabled.status.success(), "{}", stderr(&disabled));
    let end = stopwatch() + AT_ONCE;
    for node in nodes {
        let left = end.saturating_duration_since(stopwatch());
        assert!(
            until(left, async || node.me(&token).await.status() == StatusCode::UNAUTHORIZED).await,
            "{}",
            node.log()
        );
    }
    refused(
        server.post("/api/auth/refresh", json!({"refresh_token": login["refresh_token"]})).await,
        401,
        "INVALID_REFRESH_TOKEN",
    )
    .await;
    let again = json!({"email": "dave@example.com", "password": PASSWORD});
    refused(server.post("/api/auth/login", again.clone()).await, 403, "ACCOUNT_DISABLED").await;
    assert!(setup.run(&["user", "enable", "dave@example.com"]).status.success());
    assert_eq!(server.post("/api/auth/login", again).await.status(), StatusCode::OK);
    assert_eq!(server.me(&token).await.status(), StatusCode::UNAUTHORIZED, "what ended stays ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_from_the_command_line_is_refused_within_a_second_m03() {
    let setup = Setup::new();
    let server = setup.serve().await;
    let login = server.register("erin@example.com").await;
    let (token, session) = (text(&login["access_token"]), text(&login["session_id"]));
    let listed = setup.run(&["session", "list", "erin@example.com", "--format", "json"]);
    assert!(stdout(&listed).contains(&session), "{}", stdout(&listed));
    assert_eq!(server.me(&token).await.status(), StatusCode::OK);
    let shown: Value =
        serde_json::from_str(&stdout(&setup.run(&["session", "show", &session, "--format", "json"]))).unwrap();
    assert_eq!((&shown["id"], &shown["network_address"]), (&json!(session), &json!("127.0.0.1")));
    assert!(setup.run(&["session", "delete", &session]).status.success());
    assert_eq!(setup.run(&["session", "show", &session]).status.code(), Some(1));
    assert!(until(AT_ONCE, async || server.me(&token).await.status() == StatusCode::UNAUTHORIZED).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_keys_of_the_command_line_are_the_servers_m01_m38() {
    let setup = Setup::new();
    let server = setup.serve().await;
    server.register("frank@example.com").await;
    let minted = setup.run(&["token", "mint", "frank@example.com"]);
    let minted: Value = serde_json::from_str(&stdout(&minted)).unwrap();
    let token = text(&minted["access_token"]);
    assert_eq!(server.me(&token).await.status(), StatusCode::OK);
    assert!(setup.run_with(&["token", "verify", "-"], &token).status.success());
    let altered = setup.run_with(&["token", "verify", "-"], &format!("{token}x"));
    assert_eq!(altered.status.code(), Some(1));
    assert!(stdout(&setup.run(&["token", "inspect", &token])).contains("at+jwt"));

    let rotated = setup.run(&["keys", "rotate", "--format", "json"]);
    let key: Value = serde_json::from_str(&stdout(&rotated)).unwrap();
    let fresh = setup.run(&["token", "mint", "frank@example.com"]);
    let fresh: Value = serde_json::from_str(&stdout(&fresh)).unwrap();
    let known = async || server.me(&text(&fresh["access_token"])).await.status() == StatusCode::OK;
    assert!(until(AT_ONCE, known).await, "a new key is known within a second");
    assert_eq!(server.me(&token).await.status(), StatusCode::OK, "the key before still verifies");
    let retired = setup.run(&["keys", "retire", key["kid"].as_str().unwrap()]);
    assert!(retired.status.success(), "{}", stderr(&retired));
    let refused = async || server.me(&text(&fresh["access_token"])).await.status() == StatusCode::UNAUTHORIZED;
    assert!(until(AT_ONCE, refused).await);
}

#[test]
fn what_needs_each_master_key_is_shown_m38() {
    let setup = Setup::new();
    assert!(setup.run(&["keys", "rotate"]).status.success());
    let both = format!("ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,{KEY}");
    let setup = setup.with("MASTER_KEY", &both);
    let shown = setup.run(&["keys", "master", "--format", "json"]);
    let shown: Value = serde_json::from_str(&stdout(&shown)).unwrap();
    assert_eq!((&shown[0]["state"], &shown[0]["signing_keys"]), (&json!("current"), &json!(2)));
    assert_eq!((&shown[1]["state"], &shown[1]["audit_events"]), (&json!("earlier"), &json!(1)));
    assert!(stdout(&setup.run(&["keys", "master"])).contains("AUDIT_EVENTS"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_is_read_exported_and_found_whole_m34() {
    let setup = Setup::new();
    let server = setup.serve().await;
    server.register("grace@example.com").await;
    assert!(setup.run(&["user", "disable", "grace@example.com"]).status.success());
    let tail = stdout(&setup.run(&["audit", "tail", "--user", "grace@example.com"]));
    assert!(tail.contains("password.register") && tail.contains("users.disabled"), "{tail}");
    let export = stdout(&setup.run(&["audit", "export"]));
    assert!(
        export.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()) && export.lines().count() >= 2,
        "{export}"
    );
    let verified = setup.run(&["audit", "verify"]);
    assert!(verified.status.success(), "{}{}", stdout(&verified), stderr(&verified));
}

#[test]
fn users_are_made_shown_changed_and_deleted_m17() {
    let setup = Setup::new();
    let create = ["user", "create", "--email", "heidi@example.com", "--name", "Heidi", "--password-stdin"];
    let weak = setup.run_with(&create, "password\n");
    assert_eq!(weak.status.code(), Some(1));
    assert!(stderr(&weak).contains("password"), "{}", stderr(&weak));
    assert!(setup.run_with(&create, PASSWORD).status.success());
    assert_eq!(setup.run_with(&create, PASSWORD).status.code(), Some(1), "the address is taken");
    assert!(setup.run(&["user", "update", "heidi@example.com", "--name", "Heidi H."]).status.success());
    let shown = setup.run(&["user", "show", "heidi@example.com", "--format", "json"]);
    let user: Value = serde_json::from_str(&stdout(&shown)).unwrap();
    assert_eq!(user["name"], "Heidi H.");
    assert!(setup.run(&["user", "delete", "heidi@example.com", "--yes"]).status.success());
    assert_eq!(setup.run(&["user", "show", "heidi@example.com"]).status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn api_keys_of_the_command_line_open_the_server_until_they_are_revoked_m05() {
    let setup = Setup::new();
    let server = setup.serve().await;
    server.register("heidi@example.com").await;
    let json = |arguments: &[&str]| -> Value {
        let output = setup.run(&[arguments, &["--format", "json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        serde_json::from_str(&stdout(&output)).unwrap()
    };
    let create = ["api-key", "create", "--user", "heidi@example.com", "--name", "ci", "--scope", "documents:read"];
    let made = json(&[&create[..], &["--expires", "90d"]].concat());
    let (id, first) = (text(&made["id"]), text(&made["api_key"]));
    assert!(made["expires_at"].is_string() && made["scopes"] == json!(["documents:read"]), "{made}");
    // A key is a bearer token like any other.
    assert_eq!(server.me(&first).await.status(), StatusCode::OK, "{}", server.log());
    let second = text(&json(&["api-key", "rotate", &id, "--overlap", "0s"])["api_key"]);
    assert_eq!(server.me(&second).await.status(), StatusCode::OK);
    assert!(until(AT_ONCE, async || server.me(&first).await.status() == StatusCode::UNAUTHORIZED).await);
    assert_eq!(json(&["api-key", "update", &id, "--name", "deploy", "--no-scopes"])["scopes"], json!([]));
    assert_eq!(setup.run(&["api-key", "update", &id]).status.code(), Some(2), "nothing to change");
    assert_eq!(json(&["api-key", "list", "heidi@example.com"])[0]["name"], "deploy");
    assert!(json(&["api-key", "show", &id]).get("api_key").is_none());
    assert!(setup.run(&["api-key", "delete", &id]).status.success());
    assert!(until(AT_ONCE, async || server.me(&second).await.status() == StatusCode::UNAUTHORIZED).await);
    assert_eq!(setup.run(&["api-key", "show", &id]).status.code(), Some(1));
}

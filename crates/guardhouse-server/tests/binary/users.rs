//! What the command line does is seen by a running server.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use crate::harness::{Setup, stdout, text, until};

/// Ruling 12: within a second on every other process.
const AT_ONCE: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_from_the_command_line_is_refused_within_a_second_m03() {
    let setup = Setup::new();
    let server = setup.serve().await;
    let login = server.register("erin@example.com").await;
    let (token, session) = (text(&login["access_token"]), text(&login["session_id"]));
    let listed = setup.run(&["session", "list", "erin@example.com", "--format", "json"]);
    assert!(stdout(&listed).contains(&session), "{}", stdout(&listed));
    assert_eq!(server.me(&token).await.status(), StatusCode::OK);
    assert!(setup.run(&["session", "delete", &session]).status.success());
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
    assert_eq!(server.me(&text(&fresh["access_token"])).await.status(), StatusCode::OK, "a new key is taken at once");
    assert_eq!(server.me(&token).await.status(), StatusCode::OK, "the key before still verifies");
    assert!(setup.run(&["keys", "retire", key["kid"].as_str().unwrap()]).status.success());
    let refused = async || server.me(&text(&fresh["access_token"])).await.status() == StatusCode::UNAUTHORIZED;
    assert!(until(AT_ONCE, refused).await);
}

//! Roles from the command line, on the database beside a running server and over HTTP.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Setup, bare, stderr, stdout, text, until};

/// Ruling 12: within a second on every other process.
const AT_ONCE: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_role_given_and_taken_on_the_command_line_counts_on_every_node_within_a_second_m21_m22() {
    let setup = Setup::new();
    let server = setup.serve().await;
    let token = text(&server.register("heidi@example.com").await["access_token"]);
    let users = async || server.get("/api/admin/users", &token).await.status();
    assert_eq!(users().await, StatusCode::FORBIDDEN);
    for verb in [
        &["role", "declare", "tickets:close"][..],
        &["role", "create", "support", "--permission", "tickets:close", "--permission", "users:read"],
        &["role", "give", "support", "heidi@example.com"],
    ] {
        let done = setup.run(verb);
        assert!(done.status.success(), "{verb:?}: {}", stderr(&done));
    }
    assert!(until(AT_ONCE, async || users().await == StatusCode::OK).await, "{}", server.log());
    let listed = setup.run(&["role", "bindings", "heidi@example.com", "--format", "json"]);
    let listed: Value = serde_json::from_str(&stdout(&listed)).unwrap();
    assert_eq!(listed[0]["role"], "support");
    let dropped = setup.run(&["role", "take", listed[0]["id"].as_str().unwrap()]);
    assert!(dropped.status.success(), "{}", stderr(&dropped));
    assert!(until(AT_ONCE, async || users().await == StatusCode::FORBIDDEN).await, "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_before_anything_is_done_m21() {
    let setup = Setup::new();
    assert!(
        setup
            .run_with(&["user", "create", "--email", "a@example.com", "--name", "A", "--password-stdin"], PASSWORD)
            .status
            .success()
    );
    for (verb, said) in [
        (&["role", "create", "x", "--permission", "nobody:declared"][..], "not declared"),
        (&["role", "give", "nobody", "a@example.com"], "no role of this name"),
        (&["role", "give", "auditor", "z@example.com"], "z@example.com"),
        (&["role", "delete", "auditor", "--yes"], "of the house"),
        (&["role", "take", "bnd_01h455vb4pex5vsknk084sn02q"], "404"),
    ] {
        let refused = setup.run(verb);
        assert_eq!(refused.status.code(), Some(1), "{verb:?}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(said) || said == "404", "{verb:?}: {}", stderr(&refused));
    }
    for verb in [
        &["role", "delete", "editor"][..],
        &["role", "update", "editor"],
        &["role", "give", "auditor", "a@example.com", "--resource", "x"],
    ] {
        assert_eq!(setup.run(verb).status.code(), Some(2), "{verb:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verbs_do_the_same_over_http_m21() {
    let setup = Setup::new();
    let create = ["user", "create", "--email", "root@example.com", "--name", "Root", "--role", "admin"];
    assert!(setup.run_with(&[&create[..], &["--password-stdin"]].concat(), PASSWORD).status.success());
    let server = setup.serve().await;
    server.register("ivan@example.com").await;
    let login = server.post("/api/auth/login", json!({"email": "root@example.com", "password": PASSWORD})).await;
    let token = text(&login.json::<Value>().await.unwrap()["access_token"]);
    let over_http = |verb: &[&str]| {
        let mut command = bare(verb);
        command.env("GUARDHOUSE_TOKEN", &token).args(["--server", &server.url(""), "--format", "json"]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{verb:?}: {}", stderr(&output));
        serde_json::from_str::<Value>(&stdout(&output)).unwrap_or_default()
    };
    over_http(&["role", "declare", "documents:read"]);
    let made = over_http(&["role", "create", "reader", "--permission", "documents:read"]);
    assert_eq!(made["permissions"], json!(["documents:read"]));
    over_http(&["role", "update", "reader", "--description", "Reads"]);
    let given = over_http(&["role", "give", "reader", "ivan@example.com", "--resource", "document:1"]);
    assert_eq!(given["resource"], json!({"type": "document", "id": "1"}));
    for verb in [
        &["role", "list"][..],
        &["role", "show", "reader"],
        &["role", "permissions"],
        &["role", "bindings", "ivan@example.com"],
        &["role", "bindings", "--role", "reader"],
    ] {
        let here = setup.run(&[verb, &["--format", "json"]].concat());
        assert_eq!(over_http(verb), serde_json::from_str::<Value>(&stdout(&here)).unwrap(), "{verb:?}");
    }
    over_http(&["role", "take", given["id"].as_str().unwrap()]);
    over_http(&["role", "delete", "reader", "--yes"]);
    assert_eq!(over_http(&["role", "bindings", "--role", "reader"]), json!([]));
}

//! `authz` on the database and over HTTP: the same words, reasons and exit codes.

use std::{fs, process::Output};

use serde_json::{Value, json};

use crate::harness::{PASSWORD, Server, Setup, bare, client, stderr, stdout, text};

/// That robots read, and whether they write.
fn tests(write: bool) -> String {
    let case = |action: &str, expect: bool| {
        format!(
            "[[cases]]\nname = \"robots {action}\"\nsubject = {{ type = \"robot\", id = \"r2\" }}\n\
             action = {{ name = \"{action}\" }}\nresource = {{ type = \"record\", id = \"1\" }}\nexpect = {expect}\n"
        )
    };
    let policies = "policies = [{ name = \"records\", file = \"records.cedar\" }]\n";
    format!("{policies}{}{}", case("read", true), case("write", write))
}

struct Asked<'a> {
    setup: &'a Setup,
    server: &'a Server,
    token: String,
}

impl Asked<'_> {
    /// Runs the verb on the database and over HTTP; both answer alike.
    fn run(&self, arguments: &[&str]) -> Output {
        let here = self.setup.run(arguments);
        let mut there = bare(arguments);
        there.current_dir(self.setup.place.path()).env("GUARDHOUSE_TOKEN", &self.token);
        let there = there.args(["--server", &self.server.url("")]).output().unwrap();
        assert_eq!(stdout(&here), stdout(&there), "{arguments:?}: {} {}", stderr(&here), stderr(&there));
        assert_eq!(here.status.code(), there.status.code(), "{arguments:?}: {} {}", stderr(&here), stderr(&there));
        here
    }

    fn says(&self, arguments: &[&str], word: &str, code: i32) {
        let answer = self.run(arguments);
        assert_eq!(stdout(&answer).lines().next(), Some(word), "{arguments:?}: {}", stderr(&answer));
        assert_eq!((answer.status.code(), stderr(&answer).as_str()), (Some(code), ""), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_and_trials_of_the_command_line_m23() {
    let setup = Setup::new();
    let create =
        ["user", "create", "--email", "root@example.com", "--name", "Root", "--role", "admin", "--password-stdin"];
    assert!(setup.run_with(&create, PASSWORD).status.success());
    let server = setup.serve().await;
    let login = json!({"email": "root@example.com", "password": PASSWORD});
    let login: Value = server.post("/api/auth/login", login).await.json().await.unwrap();
    let asked = Asked { setup: &setup, server: &server, token: text(&login["access_token"]) };

    asked.says(&["authz", "check", "root@example.com", "read", "record:1"], "allow", 0);
    asked.says(&["authz", "check", "robot:r2", "read", "record:1"], "deny", 1);
    asked.says(&["authz", "explain", "robot:r2", "read", "app::record:1"], "deny", 0);
    let explained = asked.run(&["authz", "explain", "root@example.com", "read", "record:1", "--format", "json"]);
    let explained: Value = serde_json::from_str(&stdout(&explained)).unwrap();
    assert_eq!(explained["context"]["reasons"][0]["name"], "admin");

    let source = "permit (principal, action == Action::\"read\", resource is record)\n\
                  when { resource has open && resource.open || context has open };";
    fs::write(setup.place.path().join("records.cedar"), "permit (principal, action == Action::\"read\", resource);")
        .unwrap();
    fs::write(setup.place.path().join("tests.toml"), tests(true)).unwrap();
    let tested = asked.run(&["authz", "test", "tests.toml"]);
    assert_eq!(tested.status.code(), Some(1), "{}", stderr(&tested));
    assert!(stdout(&tested).contains("1 passed, 1 failed"), "{}", stdout(&tested));
    fs::write(setup.place.path().join("tests.toml"), tests(false)).unwrap();
    assert!(asked.run(&["authz", "test", "tests.toml"]).status.success());

    let made = client().post(server.url("/api/admin/policies")).bearer_auth(&asked.token);
    let made = made.json(&json!({"name": "records", "source": source})).send().await.unwrap();
    assert_eq!(made.status(), 201);
    asked.says(&["authz", "check", "robot:r2", "read", "record:1"], "deny", 1);
    let open = ["authz", "check", "robot:r2", "read", "record:1", "--resource-properties", "{\"open\": true}"];
    asked.says(&open, "allow", 0);
    asked.says(&["authz", "check", "robot:r2", "read", "record:1", "--context", "{\"open\": 1}"], "allow", 0);
    for wrong in [
        &["authz", "check", "robot:r2", "read", "record"][..],
        &["authz", "check", "robot:r2", "read", "record:1", "--context", "[]"],
    ] {
        assert_eq!(setup.run(wrong).status.code(), Some(2), "{wrong:?}");
    }
    assert_eq!(setup.run(&["authz", "check", "nobody@example.com", "read", "record:1"]).status.code(), Some(1));
}

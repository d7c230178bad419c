//! Verbs with `--server`: what they write and do is what they write and do on the database.

use std::{
    io::Write as _,
    process::{Output, Stdio},
};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Server, Setup, bare, free_port, stderr, stdout, text};

/// A server with an administrator and somebody else, and a way to ask it.
struct Remote {
    setup: Setup,
    server: Server,
    token: String,
}

impl Remote {
    async fn start() -> Self {
        let setup = Setup::new();
        let create = ["user", "create", "--email", "root@example.com", "--name", "Root", "--role", "admin"];
        assert!(setup.run_with(&[&create[..], &["--password-stdin"]].concat(), PASSWORD).status.success());
        let server = setup.serve().await;
        let token = token(&server, "root@example.com").await;
        server.register("grace@example.com").await;
        // The search for the one finds the other, and this first.
        server.register("disgrace@example.com").await;
        Self { setup, server, token }
    }

    /// Runs a verb that has neither settings nor a database.
    fn run(&self, arguments: &[&str]) -> Output {
        asked(&self.server.url(""), &self.token, arguments, "")
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--format", "json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        serde_json::from_str(&stdout(&output)).unwrap()
    }
}

async fn token(server: &Server, email: &str) -> String {
    let answer = server.post("/api/auth/login", json!({"email": email, "password": PASSWORD})).await;
    text(&answer.json::<Value>().await.unwrap()["access_token"])
}

fn asked(url: &str, token: &str, arguments: &[&str], input: &str) -> Output {
    let mut command = bare(arguments);
    if !token.is_empty() {
        command.env("GUARDHOUSE_TOKEN", token);
    }
    command.args(["--server", url]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who does not read it has ended by then.
    _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_output_is_that_of_the_database_m17_m34() {
    let remote = Remote::start().await;
    for arguments in [
        // An export over HTTP is audited, so it comes before the look at the database.
        &["audit", "export"][..],
        &["audit", "export", "--user", "grace@example.com", "--action", "password."],
        &["audit", "tail", "-n", "200"],
        &["audit", "tail", "--since", "2026-01-01T00:00:00Z", "--until", "2026-01-02T00:00:00Z"],
        &["user", "list"],
        &["user", "list", "--search", "grace", "--limit", "1"],
        &["user", "show", "Grace@EXAMPLE.com"],
        &["session", "list", "grace@example.com"],
        &["keys", "list"],
    ] {
        for format in ["table", "json"] {
            let arguments = [arguments, &["--format", format]].concat();
            let there = remote.run(&arguments);
            assert!(there.status.success(), "{arguments:?}: {}", stderr(&there));
            let here = remote.setup.run(&arguments);
            assert_eq!(stdout(&there), stdout(&here), "{arguments:?}: {}", stderr(&here));
            assert!(!stdout(&there).is_empty(), "{arguments:?}");
        }
    }
    let report = remote.json(&["audit", "verify"]);
    assert_eq!((&report["ok"], &report["findings"]), (&json!(true), &json!([])));
    assert!(stdout(&remote.run(&["audit", "verify"])).contains("Nothing is wrong."));
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_made_changed_and_deleted_over_http_m17() {
    let remote = Remote::start().await;
    let create = ["user", "create", "--email", "heidi@example.com", "--name", "Heidi", "--role", "editor"];
    let create = [&create[..], &["--password-stdin", "--format", "json"]].concat();
    let made = asked(&remote.server.url("/"), &remote.token, &create, PASSWORD);
    let made: Value = serde_json::from_str(&stdout(&made)).unwrap();
    assert_eq!((&made["email_verified"], &made["roles"]), (&json!(true), &json!(["editor"])));
    let heidi = "heidi@example.com";
    let changed = remote.json(&["user", "update", heidi, "--name", "Heidi H.", "--no-roles"]);
    assert_eq!(
        (&changed["name"], &changed["roles"], &changed["email"]),
        (&json!("Heidi H."), &json!([]), &json!(heidi))
    );
    let shown = remote.json(&["user", "show", &text(&made["id"])]);
    assert_eq!(shown, changed);

    let theirs = token(&remote.server, heidi).await;
    assert_eq!(remote.json(&["user", "disable", heidi])["disabled"], true);
    assert_eq!(remote.server.me(&theirs).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(remote.json(&["user", "enable", heidi])["disabled"], false);
    assert_eq!(remote.json(&["user", "unlock", heidi])["email"], heidi);
    assert_eq!(remote.run(&["user", "delete", heidi]).status.code(), Some(2), "not without --yes");
    assert_eq!(stdout(&remote.run(&["user", "delete", heidi, "--yes"])), "heidi@example.com is gone.\n");
    let gone = remote.run(&["user", "show", heidi]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(stderr(&gone).contains("there is no user `heidi@example.com`"), "{}", stderr(&gone));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_and_keys_end_over_http_m03_m38() {
    let remote = Remote::start().await;
    let (one, two) =
        (token(&remote.server, "grace@example.com").await, token(&remote.server, "grace@example.com").await);
    let listed = remote.json(&["session", "list", "grace@example.com"]);
    let newest = text(&listed[0]["id"]);
    let unnamed = remote.run(&["session", "delete", &newest]);
    assert_eq!(unnamed.status.code(), Some(2), "{}", stderr(&unnamed));
    assert!(remote.run(&["session", "delete", &newest, "--user", "grace@example.com"]).status.success());
    let live = async |token: &str| remote.server.me(token).await.status() == StatusCode::OK;
    assert_ne!(live(&one).await, live(&two).await, "one of the two ended");
    let all = remote.run(&["session", "delete", "--all", "grace@example.com"]);
    assert_eq!(stdout(&all), "All sessions of grace@example.com have ended.\n");
    assert!(!live(&one).await && !live(&two).await);

    let rotated = remote.json(&["keys", "rotate"]);
    assert_eq!(rotated["state"], "active");
    let first = text(&remote.json(&["keys", "list"])[1]["kid"]);
    assert_eq!(remote.json(&["keys", "retire", &first])["state"], "retired");
    // The administrator's own token was signed with it.
    let ended = remote.run(&["keys", "list"]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(stderr(&ended).contains("INVALID_TOKEN"), "{}", stderr(&ended));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_is_told_whole_m17_m39() {
    let remote = Remote::start().await;
    let url = remote.server.url("");
    let told = |output: &Output, parts: &[&str]| {
        let text = stderr(output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(parts.iter().all(|part| text.contains(part)), "{parts:?} in {text}");
        assert!(stdout(output).is_empty());
    };
    let grace = token(&remote.server, "grace@example.com").await;
    told(&asked(&url, &grace, &["user", "list"], ""), &["users:read", "(403 FORBIDDEN)", "request "]);
    told(&asked(&url, "nonsense", &["user", "list"], ""), &["(401 INVALID_TOKEN)", "request ", "/api/auth/login"]);
    let create = ["user", "create", "--email", "ivan@example.com", "--name", "Ivan", "--password-stdin"];
    let weak = asked(&url, &remote.token, &create, "password");
    told(&weak, &["(400 WEAK_PASSWORD)", "\n  password: ", "request "]);
    let retired = remote.run(&["keys", "retire", "../x"]);
    told(&retired, &["(404 NOT_FOUND)", "request "]);
    let nobody = format!("http://127.0.0.1:{}", free_port());
    told(&asked(&nobody, &remote.token, &["user", "list"], ""), &["no answer from", "mend: "]);
    told(&asked(&remote.server.url("/nowhere"), &remote.token, &["user", "list"], ""), &["404"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_comes_by_environment_or_standard_input_alone_14_2() {
    let remote = Remote::start().await;
    let url = remote.server.url("");
    let piped = asked(&url, "", &["user", "list", "--token-stdin"], &format!("{}\n", remote.token));
    assert!(piped.status.success() && stdout(&piped).contains("grace@example.com"), "{}", stderr(&piped));
    // It is no setting, and whoever works on the database does not need it.
    let beside = Setup::new().with("TOKEN", &remote.token);
    for verb in [&["config", "check"][..], &["user", "list"]] {
        let output = beside.run(verb);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(!stdout(&output).contains(&remote.token));
    }
    let create =
        ["user", "create", "--email", "ivan@example.com", "--name", "Ivan", "--password-stdin", "--token-stdin"];
    for arguments in [&["user", "list"][..], &["user", "list", "--token", "x"], &create] {
        let output = asked(&url, "", arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
    }
    let alone = bare(&["user", "list", "--token-stdin"]).output().unwrap();
    assert_eq!(alone.status.code(), Some(2), "{}", stderr(&alone));
}

#[test]
fn no_verb_goes_where_it_cannot_or_in_the_clear_m35() {
    for arguments in [
        &["token", "mint", "alice@example.com"][..],
        &["migrate"],
        &["config", "show"],
        &["serve"],
        &["dev"],
        &["openapi"],
        &["keys", "import", "--algorithm", "ES256", "-"],
        &["keys", "master"],
    ] {
        let output = asked("https://auth.example.com", "token", arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("--server"), "{arguments:?}: {}", stderr(&output));
    }
    for url in ["http://auth.example.com", "https://a:b@auth.example.com", "ftp://localhost", "localhost:8700", ""] {
        let output = asked(url, "token", &["user", "list"], "");
        assert_eq!(output.status.code(), Some(2), "{url}: {}", stderr(&output));
        assert!(stderr(&output).contains("--server"), "{url}: {}", stderr(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn api_keys_are_seen_and_revoked_over_http_and_made_by_their_owner_alone_m05() {
    let remote = Remote::start().await;
    let create = ["api-key", "create", "--user", "grace@example.com", "--name", "ci", "--format", "json"];
    let made: Value = serde_json::from_str(&stdout(&remote.setup.run(&create))).unwrap();
    let (id, key) = (text(&made["id"]), text(&made["api_key"]));
    assert_eq!(remote.server.me(&key).await.status(), StatusCode::OK);
    assert_eq!(remote.json(&["api-key", "list", "grace@example.com"])[0]["id"], json!(id));
    assert_eq!(remote.json(&["api-key", "show", &id, "--user", "grace@example.com"])["name"], "ci");
    for refused in [&create[..6], &["api-key", "rotate", &id], &["api-key", "update", &id, "--name", "x"]] {
        let output = remote.run(refused);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    }
    let told = stderr(&remote.run(&["api-key", "rotate", &id]));
    assert!(told.contains("for their owner alone"), "{told}");
    assert_eq!(remote.run(&["api-key", "delete", &id]).status.code(), Some(2), "a server has to be told whose it is");
    assert!(remote.run(&["api-key", "delete", &id, "--user", "grace@example.com"]).status.success());
    assert_eq!(remote.server.me(&key).await.status(), StatusCode::UNAUTHORIZED);
}

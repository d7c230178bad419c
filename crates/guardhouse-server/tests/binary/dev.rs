//! The newcomer's path: what `dev` prints works when pasted.

use std::{
    process::{Child, Stdio},
    time::Duration,
};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Place, bare, client, read_until, stderr, stdout, until};

struct Dev {
    child: Child,
    banner: String,
    url: String,
}

impl Drop for Dev {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn start(place: &Place, arguments: &[&str]) -> Dev {
    let mut command = bare(&["dev", "--listen", "127.0.0.1:0"]);
    command.args(arguments).current_dir(place.path()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let banner = read_until(child.stdout.as_mut().unwrap(), "--fresh begins anew.");
    let url =
        banner.split_whitespace().find(|word| word.starts_with("http://localhost:")).unwrap_or_default().to_owned();
    assert!(!url.is_empty(), "{banner}");
    Dev { child, banner, url }
}

/// The line of a user: password, and roles if any.
fn line(dev: &Dev, email: &str) -> (String, String) {
    let line = dev.banner.lines().find(|line| line.trim_start().starts_with(email)).unwrap();
    let mut words = line.split_whitespace().skip(1).map(str::to_owned);
    (words.next().unwrap(), words.next().unwrap_or_default())
}

/// The printed API key.
fn key(dev: &Dev) -> String {
    let mut words = dev.banner.split(|c: char| c.is_whitespace() || c == '"');
    words.find(|word| word.starts_with("gdk_test_")).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_users_sign_in_and_stay_until_fresh_m61() {
    let place = Place::new();
    let client = client();
    let dev = start(&place, &[]);
    let (password, roles) = line(&dev, "alice@example.com");
    assert_eq!(roles, "(admin)");
    let login = json!({"email": "alice@example.com", "password": password});
    let sign_in = async |dev: &Dev| {
        client.post(format!("{}/api/auth/login", dev.url)).json(&login).send().await.unwrap().status()
    };
    assert_eq!(sign_in(&dev).await, StatusCode::OK);
    let bob = json!({"email": "bob@example.com", "password": line(&dev, "bob@example.com").0});
    let bob: Value =
        client.post(format!("{}/api/auth/login", dev.url)).json(&bob).send().await.unwrap().json().await.unwrap();
    assert_eq!(bob["user"]["roles"], json!([]));
    let kept = key(&dev);
    let with_key = async |dev: &Dev, key: &str| {
        client.get(format!("{}/api/admin/users", dev.url)).header("x-api-key", key).send().await.unwrap().status()
    };
    assert_eq!(with_key(&dev, &kept).await, StatusCode::OK);
    drop(dev);

    let again = start(&place, &[]);
    assert_eq!(line(&again, "alice@example.com").0, password);
    assert_eq!(sign_in(&again).await, StatusCode::OK);
    assert_eq!((key(&again), with_key(&again, &kept).await), (kept.clone(), StatusCode::OK));
    drop(again);

    let fresh = start(&place, &["--fresh"]);
    assert_ne!(line(&fresh, "alice@example.com").0, password);
    assert_eq!(sign_in(&fresh).await, StatusCode::UNAUTHORIZED);
    assert_eq!(with_key(&fresh, &kept).await, StatusCode::UNAUTHORIZED);
    assert_eq!(with_key(&fresh, &key(&fresh)).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_lines_work_when_pasted_into_a_shell() {
    let place = Place::new();
    let dev = start(&place, &[]);
    let pages: Vec<&str> =
        dev.banner.split_whitespace().filter(|word| word.starts_with(&format!("{}/", dev.url))).take(5).collect();
    for page in pages {
        let status = client().get(page).send().await.unwrap().status();
        assert_eq!(status, StatusCode::OK, "{page}");
    }
    let script: Vec<&str> =
        dev.banner.lines().map(str::trim).filter(|line| line.starts_with("curl") || line.contains("=$(")).collect();
    assert!(script.len() >= 4, "{}", dev.banner);
    let output = std::process::Command::new("bash").arg("-ec").arg(script.join("\n")).output().unwrap();
    let answers = String::from_utf8_lossy(&output.stdout);
    for part in ["access_token", "\"email\":\"alice@example.com\"", "carol@example.com", "\"subject\""] {
        assert!(answers.contains(part), "{part} in {answers}{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_verb_works_beside_it_when_pasted() {
    let place = Place::new();
    let nothing = bare(&["user", "list", "--dev"]).current_dir(place.path()).output().unwrap();
    assert_eq!(nothing.status.code(), Some(1));
    assert!(stderr(&nothing).contains("run `guardhouse dev` first"), "{}", stderr(&nothing));
    assert!(!place.path().join(".guardhouse").exists(), "a verb made data of its own");
    let dev = start(&place, &[]);
    let verb = dev.banner.lines().map(str::trim).find(|line| line.contains(" --dev")).expect("a verb");
    let shell = |line: &str| {
        let mut shell = std::process::Command::new("sh");
        // A server takes `GUARDHOUSE_…` for settings and refuses what tests are told by.
        shell.env_clear().args(["-ec", line]).current_dir(place.path()).output().unwrap()
    };
    let listed = shell(verb);
    assert!(stdout(&listed).contains("alice@example.com"), "{verb}: {}{}", stdout(&listed), stderr(&listed));
    let bob = json!({"email": "bob@example.com", "password": line(&dev, "bob@example.com").0});
    let login = async || client().post(format!("{}/api/auth/login", dev.url)).json(&bob).send().await.unwrap().status();
    assert_eq!(login().await, StatusCode::OK);
    let disabled = shell(&verb.replace("user list", "user disable bob@example.com"));
    assert!(disabled.status.success(), "{}", stderr(&disabled));
    assert!(until(Duration::from_secs(1), async || login().await == StatusCode::FORBIDDEN).await);
    let serve = bare(&["serve", "--dev"]).current_dir(place.path()).output().unwrap();
    assert_eq!(serve.status.code(), Some(2), "{}", stderr(&serve));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_moves_for_callers_on_this_machine_and_only_when_asked_for() {
    let place = Place::new();
    let client = client();
    let dev = start(&place, &["--clock-control"]);
    let (password, _) = line(&dev, "alice@example.com");
    let login = json!({"email": "alice@example.com", "password": password});
    let login: Value =
        client.post(format!("{}/api/auth/login", dev.url)).json(&login).send().await.unwrap().json().await.unwrap();
    let me = async || {
        client
            .get(format!("{}/api/me", dev.url))
            .bearer_auth(login["access_token"].as_str().unwrap())
            .send()
            .await
            .unwrap()
    };
    assert_eq!(me().await.status(), StatusCode::OK);
    let clock = format!("{}/dev/clock", dev.url);
    let foreign =
        client.post(&clock).header("Host", "evil.example").json(&json!({"advance": "1h"})).send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
    assert_eq!(me().await.status(), StatusCode::OK);
    assert!(client.post(&clock).json(&json!({"advance": "1h"})).send().await.unwrap().status().is_success());
    // A clock that jumps past `bus.lease` makes the node ask its change log before it vouches again.
    let expired = async || me().await.status() == StatusCode::UNAUTHORIZED;
    assert!(until(Duration::from_secs(5), expired).await);
    drop(dev);
    let plain = start(&place, &[]);
    let answer = client.post(format!("{}/dev/clock", plain.url)).json(&json!({"advance": "1h"})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

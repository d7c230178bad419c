//! Passwords that stand in a list, through HTTP (M-14, 6.2.12).

use std::{fs, path::PathBuf};

use guardhouse_core::password::{Password, sha1_range};
use serde_json::json;

use super::PolicySettings;
use crate::{
    StartOptions, assembly,
    kernel::{
        audit::{self, EventView, Filter},
        settings::Settings,
    },
    testing::{self, Answer, TestApp, range::RangeService},
};

const BREACHED: &str = "tulips from amsterdam";
const GOOD: &str = "nobody ever typed this one";

async fn register(app: &TestApp, name: &str, password: &str) -> Answer {
    let email = format!("{name}@example.com");
    app.post("/api/auth/register", json!({"email": email, "password": password, "name": name})).await
}

fn online(service: &RangeService) -> impl FnOnce(&mut Settings) {
    let url = service.url();
    move |settings| {
        let breached_check = "online".to_owned();
        settings.set(PolicySettings { breached_check, breached_url: url, ..PolicySettings::default() });
        settings.outbound.allow = vec!["127.0.0.1".to_owned()];
    }
}

fn set(change: impl FnOnce(&mut PolicySettings)) -> impl FnOnce(&mut Settings) {
    |settings| settings.change(change)
}

async fn skipped(app: &TestApp) -> Vec<EventView> {
    let filter = Filter { action: Some("password.breach_check_skipped".to_owned()), limit: 10, ..Filter::default() };
    audit::list(app.ctx(), &filter).await.expect("the log opens").events
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("guardhouse-list-{}-{name}", std::process::id()));
    fs::write(&path, text).expect("a file");
    path
}

#[tokio::test]
async fn breached_passwords_are_refused_online_6_2_12_m14() {
    let service = RangeService::start(&[BREACHED, "xq7tulp"]).await;
    let app = TestApp::with(online(&service)).await;
    let refused = register(&app, "alice", BREACHED).await;
    refused.refused(400, "WEAK_PASSWORD");
    assert_eq!(refused.faults(), ["password:BREACHED_PASSWORD"]);
    let both = register(&app, "alice", "xq7tulp").await;
    assert_eq!(both.faults(), ["password:BREACHED_PASSWORD", "password:TOO_SHORT"], "every rule is named");
    let _ = register(&app, "alice", GOOD).await.expect(201);

    let (prefix, suffix) = sha1_range(&Password::parse(BREACHED).expect("a password"));
    let asked = service.asked();
    assert_eq!((asked.len(), asked[0].line.as_str()), (3, format!("GET /range/{prefix}").as_str()));
    assert_eq!(asked[0].headers["add-padding"], "true");
    assert!(!format!("{asked:?}").contains(&suffix), "five characters are sent and no more");
    assert!(app.ctx().meters.render().contains("guardhouse_breach_checks_total{outcome=\"breached\"} 2"));
    assert!(skipped(&app).await.is_empty());
}

#[tokio::test]
async fn a_changed_password_is_looked_for_as_well_6_2_12() {
    let service = RangeService::start(&[BREACHED]).await;
    let app = TestApp::with(online(&service)).await;
    let alice = app.actor("alice").await;
    let body = json!({"current_password": testing::PASSWORD, "new_password": BREACHED});
    let refused = alice.post("/api/me/password", body).await;
    refused.refused(400, "WEAK_PASSWORD");
    assert_eq!(refused.faults(), ["new_password:BREACHED_PASSWORD"]);
}

#[tokio::test]
async fn an_outage_lets_people_in_and_is_told() {
    let service = RangeService::start(&[BREACHED]).await;
    let app = TestApp::with(online(&service)).await;
    service.set_down(true);
    let _ = register(&app, "alice", BREACHED).await.expect(201);
    let events = skipped(&app).await;
    assert_eq!(events.len(), 1);
    assert!(events[0].details["cause"].as_str().is_some_and(|cause| cause.contains("503")), "{:?}", events[0]);
    assert!(!format!("{events:?}").contains(BREACHED));
    assert!(app.ctx().meters.render().contains("guardhouse_breach_checks_total{outcome=\"skipped\"} 1"));
    service.set_down(false);
    register(&app, "bob", BREACHED).await.refused(400, "WEAK_PASSWORD");
}

#[tokio::test]
async fn breached_passwords_are_refused_from_a_file_6_2_12() {
    let mut lines: Vec<_> = [BREACHED, "another one of them"]
        .map(|word| {
            let (prefix, suffix) = sha1_range(&Password::parse(word).expect("a password"));
            format!("{prefix}{suffix}:7\r\n")
        })
        .into();
    lines.sort_unstable();
    let path = file("digests", &lines.concat());
    let app = TestApp::with(set(|password| password.breached_check = path.display().to_string())).await;
    let refused = register(&app, "alice", BREACHED).await;
    assert_eq!(refused.faults(), ["password:BREACHED_PASSWORD"]);
    let _ = register(&app, "alice", GOOD).await.expect(201);
    fs::remove_file(&path).expect("the file goes");
    let _ = register(&app, "bob", BREACHED).await.expect(201);
    assert_eq!(skipped(&app).await.len(), 1);
}

#[tokio::test]
async fn the_operators_own_list_is_refused_too_6_2_4() {
    let path = file("blocked", "Our Old Slogan\r\n\r\nwelcome to springfield\n");
    let app = TestApp::with(set(|password| password.blocklist = path.display().to_string())).await;
    fs::remove_file(&path).expect("the file goes");
    for listed in ["our old slogan", "Welcome to Springfield", "password1"] {
        assert_eq!(register(&app, "alice", listed).await.faults(), ["password:COMMON_PASSWORD"], "{listed}");
    }
    let _ = register(&app, "alice", GOOD).await.expect(201);
}

#[tokio::test]
async fn lists_that_cannot_be_read_refuse_to_start() {
    type Change = fn(&mut PolicySettings);
    let changes: [(&str, Change); 4] = [
        ("password.blocklist", |password| password.blocklist = "/nowhere/list.txt".to_owned()),
        ("password.breached_check", |password| password.breached_check = "/nowhere/digests.txt".to_owned()),
        ("password.breached_url", |password| {
            password.breached_check = "online".to_owned();
            password.breached_url = "https://169.254.169.254/range/".to_owned();
        }),
        ("password.breached_url", |password| {
            password.breached_check = "online".to_owned();
            password.breached_url = "http://example.com/range/".to_owned();
        }),
    ];
    for (key, change) in changes {
        let bench = testing::Bench::new(set(change)).await;
        let started = assembly::open(bench.settings.clone(), StartOptions::default()).await;
        let error = started.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with(key), "{key}: {error}");
    }
}

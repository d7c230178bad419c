//! Through HTTP, as a caller would.

use guardhouse_core::{secret::SecretText, time::Span};
use serde_json::json;

use crate::{
    kernel::figures,
    testing::{Bench, TestApp},
};

#[tokio::test]
async fn figures_follow_what_happened_m63() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    app.login("alice").await;
    app.try_login("alice", "wrong").await.refused(401, "INVALID_CREDENTIALS");
    let _ = app.post("/api/auth/refresh", json!({"refresh_token": alice.refresh})).await.expect(200);
    let _ = admin.post(&format!("/api/admin/users/{}/disable", app.register("bob").await.user_id()), json!({})).await;

    let stats = admin.get("/api/admin/stats").await.expect(200).json;
    assert_eq!(stats["users"], json!({"total": 3, "disabled": 1, "verified": 0}));
    assert_eq!(stats["sessions"], json!({"live": 3, "users": 2}));
    assert_eq!(stats["logins"]["day"], json!({"success": 1, "failure": 1}));
    assert_eq!(stats["refreshes"], json!({"success": 1, "reused": 0}));
    assert_eq!(stats["ended"], 1);
    assert_eq!(stats["jobs"]["dead"], 0);

    let metrics = app.get("/metrics").await.expect(200).text;
    for line in ["guardhouse_users 3", "guardhouse_sessions 3", "guardhouse_ended 1", "guardhouse_hash_queue 0"] {
        assert!(metrics.lines().any(|found| found == line), "{line}:\n{metrics}");
    }

    app.advance(Span::days(2));
    let admin = crate::testing::Actor::bearer(&app, app.login("admin").await);
    let stats = admin.get("/api/admin/stats").await.expect(200).json;
    assert_eq!(stats["logins"], json!({"day": {"success": 1, "failure": 0}, "week": {"success": 2, "failure": 1}}));
}

/// However often they are asked for, accounts, sessions and a week of the audit log are read once a minute.
#[tokio::test]
async fn what_takes_a_scan_is_gathered_once_a_minute_m63() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let counted = async || {
        let stats = admin.get("/api/admin/stats").await.expect(200).json;
        let metrics = app.get("/metrics").await.expect(200).text;
        let sessions = metrics.lines().find_map(|line| line.strip_prefix("guardhouse_sessions ")).map(str::to_owned);
        (stats["logins"]["day"]["success"].clone(), stats["users"]["total"].clone(), sessions.unwrap())
    };
    let before = counted().await;
    assert_eq!(before, (json!(0), json!(1), "1".to_owned()));
    app.register("alice").await;
    app.login("alice").await;
    assert_eq!(counted().await, before);
    app.advance(Span::minutes(1));
    assert_eq!(counted().await, (json!(1), json!(2), "3".to_owned()));
}

#[tokio::test]
async fn scrapes_ask_the_database_for_nothing_within_a_minute_m63() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.node().await;
    figures::show(&ctx).await;
    let before = ctx.db.stats().statements;
    for _ in 0..5 {
        figures::show(&ctx).await;
    }
    assert_eq!(ctx.db.stats().statements, before);
}

#[tokio::test]
async fn settings_are_shown_without_their_secrets_m38_d4() {
    let app = TestApp::with(|settings| settings.tokens.secret = SecretText::new("a very secret shared secret")).await;
    let admin = app.admin().await;
    let answer = admin.get("/api/admin/settings").await.expect(200);
    let value = |key: &str| {
        let data = answer.json["data"].as_array().unwrap();
        data.iter().find(|setting| setting["key"] == key).unwrap_or_else(|| panic!("no {key}"))["value"].clone()
    };
    assert_eq!(value("basic.user_passwords"), false);
    assert_eq!(value("password.min_length"), 8);
    assert!(value("master_key").is_array() || value("master_key").is_string());
    for secret in ["very secret", "000102030405060708090a0b"] {
        assert!(!answer.text.contains(secret), "{}", answer.text);
    }
    let alice = app.actor("alice").await;
    alice.get("/api/admin/settings").await.refused(403, "FORBIDDEN");
    alice.get("/api/admin/stats").await.refused(403, "FORBIDDEN");
}

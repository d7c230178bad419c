//! Through HTTP, as a caller would.

mod access;
mod import;
mod sessions;

use guardhouse_core::time::Span;
use serde_json::json;

use crate::testing::{Actor, Login, PASSWORD, TestApp};

const UNKNOWN: &str = "usr_01h455vb4pex5vsknk084sn02q";

fn path(login: &Login, act: &str) -> String {
    format!("/api/admin/users/{}{act}", login.user_id())
}

#[tokio::test]
async fn an_invited_user_chooses_a_password_and_is_verified_m17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let body = json!({"email": "Bob@Example.com", "name": "Bob", "roles": ["editor", "editor"]});
    let made = admin.post("/api/admin/users", body.clone()).await.expect(201);
    assert_eq!((&made.json["email_verified"], &made.json["roles"]), (&json!(false), &json!(["editor"])));
    admin.post("/api/admin/users", body).await.refused(409, "USER_EXISTS");
    app.try_login("bob", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");

    let letters = app.letters().await;
    assert_eq!(letters[0].subject, "Your account is ready");
    app.advance(Span::days(6));
    let (_, token) = letters[0].text.split_once("token=").unwrap();
    let token = token.split_whitespace().next().unwrap();
    let reset = json!({"token": token, "password": PASSWORD});
    let _ = app.post("/api/auth/password/reset", reset.clone()).await.expect(204);
    app.post("/api/auth/password/reset", reset).await.refused(400, "INVALID_LINK");
    assert_eq!(app.login("bob").await.user["email_verified"], true);
}

#[tokio::test]
async fn a_script_may_give_a_password_and_vouch_for_an_address_m17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let body = json!({"email": "bob@example.com", "name": "Bob", "password": PASSWORD, "email_verified": true});
    let made = admin.post("/api/admin/users", body).await.expect(201);
    assert_eq!(made.json["email_verified"], true);
    assert_eq!(app.login("bob").await.user["id"], made.json["id"]);
    let weak = json!({"email": "eve@example.com", "name": "Eve", "password": "password"});
    admin.post("/api/admin/users", weak).await.refused(400, "WEAK_PASSWORD");
}

#[tokio::test]
async fn search_takes_wildcards_for_what_they_are_m17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for (email, name) in [("a_b@example.com", "Änne"), ("axb@example.com", "Hundred %"), ("c@example.com", "Bang!")] {
        app.advance(Span::seconds(1));
        let body = json!({"email": email, "name": name, "password": PASSWORD});
        let _ = admin.post("/api/admin/users", body).await.expect(201);
    }
    for (q, found) in [
        ("A_B", &["a_b@example.com"][..]),
        ("%25", &["axb@example.com"]),
        ("bang!", &["c@example.com"]),
        ("%C3%84nne", &["a_b@example.com"]),
        ("nobody", &[]),
        ("example.com", &["c@example.com", "axb@example.com", "a_b@example.com", "admin@example.com"]),
    ] {
        let answer = admin.get(&format!("/api/admin/users?q={q}")).await.expect(200);
        let emails: Vec<_> = answer.json["data"].as_array().unwrap().iter().map(|user| user["email"].clone()).collect();
        assert_eq!(emails, found, "{q}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_newest_first_m17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for name in ["one", "two", "three", "four"] {
        app.advance(Span::seconds(1));
        app.register(name).await;
    }
    let mut seen = Vec::new();
    let mut next = "/api/admin/users?limit=2".to_owned();
    loop {
        let answer = admin.get(&next).await.expect(200);
        let data = answer.json["data"].as_array().unwrap();
        seen.extend(data.iter().map(|user| user["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = answer.json["next_cursor"].as_str() else { break };
        next = format!("/api/admin/users?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["four", "three", "two", "one", "admin"]);
    for bad in ["limit=0", "limit=201", "cursor=1", "sort=x", "q=%00", "q=a&q=b"] {
        admin.get(&format!("/api/admin/users?{bad}")).await.refused(400, "VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn a_change_is_told_and_a_new_address_is_unverified_m17_a11_a12() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    app.register("bob").await;
    let _ = app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await.expect(202);
    let old = app.mailed_token("alice").await;

    let taken = admin.patch(&path(&alice, ""), json!({"email": "BOB@example.com"})).await;
    taken.refused(409, "USER_EXISTS");
    let _ = admin.patch(&path(&alice, ""), json!({"email_verified": true})).await.expect(200);
    let changed = admin.patch(&path(&alice, ""), json!({"email": "alice@new.example", "name": "A"})).await.expect(200);
    assert_eq!((&changed.json["email"], &changed.json["name"]), (&json!("alice@new.example"), &json!("A")));
    assert_eq!(changed.json["email_verified"], false);
    let letters = app.letters().await;
    assert!(letters.iter().any(|letter| letter.to == "alice@example.com" && letter.text.contains("changed")));
    assert!(letters.iter().any(|letter| letter.to == "alice@new.example"));
    app.post("/api/auth/password/reset", json!({"token": old, "password": PASSWORD}))
        .await
        .refused(400, "INVALID_LINK");
}

#[tokio::test]
async fn nobody_writes_what_is_not_theirs_to_write_a11() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    for field in
        ["id", "password", "password_hash", "created_at", "disabled", "tenant_id", "permissions", "mfa_enabled"]
    {
        let patched = admin.patch(&path(&alice, ""), json!({field: "x"})).await;
        patched.refused(400, "VALIDATION_FAILED");
        assert_eq!(patched.faults(), [format!("{field}:UNKNOWN_FIELD")]);
    }
    let made = admin.post("/api/admin/users", json!({"email": "e@example.com", "name": "e", "disabled": false})).await;
    assert_eq!(made.faults(), ["disabled:UNKNOWN_FIELD"]);
    let spaced = admin.patch(&path(&alice, ""), json!({"roles": ["admin editor"]})).await;
    assert_eq!(spaced.faults(), ["roles:INVALID_ROLE"]);
}

#[tokio::test]
async fn ids_that_are_nobodys_are_not_found_m17_a20() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let session = admin.login.session.clone();
    let own_bytes = session.replace("ses_", "usr_");
    for id in [UNKNOWN, &session, &own_bytes, "1", "usr_", "%00", "%FF", "usr_01H455VB4PEX5VSKNK084SN02Q"] {
        let path = |act: &str| format!("/api/admin/users/{id}{act}");
        admin.get(&path("")).await.refused(404, "NOT_FOUND");
        admin.get(&path("/sessions")).await.refused(404, "NOT_FOUND");
        admin.patch(&path(""), json!({"name": "x"})).await.refused(404, "NOT_FOUND");
        admin.delete(&path(""), json!({})).await.refused(404, "NOT_FOUND");
        admin.delete(&path("/sessions"), json!({})).await.refused(404, "NOT_FOUND");
        admin.delete(&path(&format!("/sessions/{session}")), json!({})).await.refused(404, "NOT_FOUND");
        for act in ["/disable", "/enable", "/unlock", "/reset", "/impersonate"] {
            admin.post(&path(act), json!({})).await.refused(404, "NOT_FOUND");
        }
    }
}

#[tokio::test]
async fn unlocking_forgives_failed_attempts_m17_m32() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    for _ in 0..5 {
        app.try_login("alice", "wrong password").await.refused(401, "INVALID_CREDENTIALS");
    }
    app.try_login("alice", PASSWORD).await.refused(423, "ACCOUNT_LOCKED");
    let _ = admin.post(&path(&alice, "/unlock"), json!({})).await.expect(200);
    app.login("alice").await;
}

/// Unlocking reaches what has a counter of its own, and a deletion leaves nothing of it.
#[tokio::test]
async fn unlocking_forgives_what_was_tried_in_sessions_m17_m32() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (alice, bob) = (app.actor("alice").await, app.actor("bob").await);
    let wrong = json!({"password": "a wrong passphrase"});
    for _ in 0..5 {
        for actor in [&alice, &bob] {
            actor.post("/api/auth/step-up", wrong.clone()).await.refused(401, "INVALID_CREDENTIALS");
        }
    }
    let right = json!({"password": PASSWORD});
    alice.post("/api/auth/step-up", right.clone()).await.refused(423, "ACCOUNT_LOCKED");
    let _ = admin.post(&path(&alice.login, "/unlock"), json!({})).await.expect(200);
    let _ = alice.post("/api/auth/step-up", right.clone()).await.expect(200);
    bob.post("/api/auth/step-up", right).await.refused(423, "ACCOUNT_LOCKED");
    let left = "select failures from attempts where account = $1";
    assert_eq!(app.rows(left, guardhouse_store::params![bob.login.user_id()]).await.len(), 1);
    let _ = admin.delete(&path(&bob.login, ""), json!({})).await.expect(204);
    assert!(app.rows(left, guardhouse_store::params![bob.login.user_id()]).await.is_empty());
}

#[tokio::test]
async fn a_reset_mails_a_link_and_tells_the_administrator_nothing_6_4_6() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let answer = admin.post(&path(&alice, "/reset"), json!({})).await.expect(202);
    assert_eq!(answer.text, "");
    let token = app.mailed_token("alice").await;
    let _ = app
        .post("/api/auth/password/reset", json!({"token": token, "password": "another passphrase"}))
        .await
        .expect(204);
    let _ = app.try_login("alice", "another passphrase").await.expect(200);
}

#[tokio::test]
async fn deleting_erases_what_is_personal_m17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let _ = admin.delete(&path(&alice, ""), json!({})).await.expect(204);
    Actor::bearer(&app, alice.clone()).get("/api/me").await.refused(401, "TOKEN_REVOKED");
    admin.get(&path(&alice, "")).await.refused(404, "NOT_FOUND");
    let filter = crate::kernel::audit::Filter { subject: Some(alice.user_id()), limit: 50, ..Default::default() };
    let events = crate::kernel::audit::list(app.ctx(), &filter).await.unwrap().events;
    assert_eq!(events[0].action, "users.deleted");
    assert!(events.len() > 1 && events[1..].iter().all(|event| event.erased && event.ip.is_none()));
    app.register("alice").await;
}

/// The newest go with the account, the rest by a job that was left in the same commit; who deleted it stays.
#[tokio::test]
async fn however_many_events_an_account_has_all_are_erased_m17_m40() {
    use crate::kernel::audit::{Event, Outcome, verify};
    let app = TestApp::alone(|_| {}).await;
    let admin = app.admin().await;
    let alice = app.register("alice").await;
    let ctx = app.ctx();
    for _ in 0..9 {
        let seen = || Event::new("test.seen", Outcome::Success).subject(alice.user_id()).detail("canary", "x");
        let unit = (0..500).fold(guardhouse_store::Unit::new(), |unit, _| ctx.audit.step(ctx, unit, seen()));
        assert!(ctx.db.run(unit).await.unwrap().is_done());
    }
    app.caught_up().await;
    let _ = admin.delete(&path(&alice, ""), json!({})).await.expect(204);
    let left = async || {
        let left = "select action from audit_events where subject = $1 and length(sealed) > 0";
        let rows = app.rows(left, guardhouse_store::params![alice.user_id()]).await;
        rows.iter().map(|row| row.text(0).unwrap()).collect::<Vec<_>>()
    };
    assert!((1..=2600).contains(&left().await.len()), "one commit erases some");
    app.work().await;
    assert_eq!(left().await, ["users.deleted"]);
    assert!(verify(ctx).await.unwrap().findings.is_empty());
}

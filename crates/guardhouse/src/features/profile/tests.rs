//! Through HTTP, as a caller would.

use guardhouse_core::time::Span;
use http::Method;
use serde_json::json;

use crate::testing::{Actor, Browser, PASSWORD, TestApp};

const VERIFY: &str = "/api/auth/email/verify";

#[tokio::test]
async fn a_name_can_be_changed_and_nothing_else_m18_a11() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let answer = alice.patch("/api/me", json!({"name": "  Alice B. "})).await.expect(200);
    assert_eq!(answer.json["name"], "Alice B.");
    assert_eq!(alice.get("/api/me").await.expect(200).json["name"], "Alice B.");

    let body = json!({
        "id": "usr_00000000000000000000000000", "email_verified": true, "roles": ["admin"], "disabled": false,
        "email": "other@example.com", "mfa_enabled": true, "created_at": "2020-01-01T00:00:00Z", "tenant_id": "x",
        "password": "another long passphrase",
    });
    let answer = alice.patch("/api/me", body.clone()).await;
    answer.refused(400, "VALIDATION_FAILED");
    let mut wanted: Vec<String> =
        body.as_object().unwrap().keys().map(|name| format!("{name}:UNKNOWN_FIELD")).collect();
    wanted.sort();
    assert_eq!(answer.faults(), wanted);
    for path in ["/api/me/email", "/api/me"] {
        let method = if path == "/api/me" { Method::DELETE } else { Method::POST };
        let body = json!({"email_verified": true, "user_id": "usr_x", "current_password": PASSWORD});
        let faults = alice.send(method, path, body).await.faults();
        assert!(faults.contains(&"user_id:UNKNOWN_FIELD".to_owned()), "{faults:?}");
    }
    let me = alice.get("/api/me").await.expect(200).json;
    assert_eq!((&me["email_verified"], &me["roles"]), (&json!(false), &json!([])));
}

#[tokio::test]
async fn an_address_is_changed_by_its_letter_m18_a12() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let elsewhere = Actor::bearer(&app, app.login("alice").await);
    let _ = app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await.expect(202);
    let reset = app.mailed_token("alice").await;

    let body = json!({"email": "Alice@Example.ORG", "current_password": PASSWORD});
    let _ = alice.post("/api/me/email", body).await.expect(202);
    assert_eq!(alice.get("/api/me").await.json["email"], "alice@example.com");
    let letters = app.letters().await;
    let letter = letters.iter().find(|letter| letter.to == "Alice@example.org").expect("a letter to the new address");
    let token = letter.text.split_once("token=").unwrap().1.split_whitespace().next().unwrap().to_owned();
    let _ = app.post(VERIFY, json!({"token": token})).await.expect(204);

    let me = alice.get("/api/me").await.expect(200).json;
    assert_eq!((&me["email"], &me["email_verified"]), (&json!("Alice@example.org"), &json!(true)));
    elsewhere.get("/api/me").await.refused(401, "TOKEN_REVOKED");
    let old = app.letters().await.into_iter().find(|letter| letter.to == "alice@example.com").expect("a letter");
    assert!(old.subject.contains("was changed"), "{}", old.subject);
    let body = json!({"token": reset, "password": "another long passphrase"});
    app.post("/api/auth/password/reset", body).await.refused(400, "INVALID_LINK");
    app.post(VERIFY, json!({"token": token})).await.refused(400, "INVALID_LINK");
    app.try_login("alice", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");
    let body = json!({"email": "alice@example.org", "password": PASSWORD});
    let _ = app.post("/api/auth/login", body).await.expect(200);
}

#[tokio::test]
async fn only_the_address_asked_for_last_can_be_confirmed_a12() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let alice = app.actor("alice").await;
    let ask = |name: &str| json!({"email": format!("{name}@example.com"), "current_password": PASSWORD});
    let _ = alice.post("/api/me/email", ask("first")).await.expect(202);
    let first = app.mailed_token("first").await;
    let _ = alice.post("/api/me/email", ask("second")).await.expect(202);
    let second = app.mailed_token("second").await;
    let (stale, good, again) = tokio::join!(
        app.post(VERIFY, json!({"token": first})),
        app.post(VERIFY, json!({"token": second})),
        node.post(VERIFY, json!({"token": second})),
    );
    stale.refused(400, "INVALID_LINK");
    let mut both = [good.status.as_u16(), again.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [204, 400]);
    assert_eq!(alice.get("/api/me").await.expect(200).json["email"], "second@example.com");
}

#[tokio::test]
async fn nobody_learns_that_an_address_is_taken_a16_a17() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    app.register("bob").await;
    let mut texts = Vec::new();
    for name in ["bob", "free"] {
        let body = json!({"email": format!("{name}@example.com"), "current_password": PASSWORD});
        texts.push(alice.post("/api/me/email", body).await.expect(202).text);
    }
    assert_eq!(texts[0], texts[1]);
    let letters = app.letters().await;
    let to = |address: &str| letters.iter().find(|letter| letter.to == address).expect("a letter").subject.clone();
    assert_eq!(to("bob@example.com"), "You already have an account");
    assert_eq!(to("free@example.com"), "Confirm your new e-mail address");
}

#[tokio::test]
async fn an_address_taken_meanwhile_is_not_taken_over_a12() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let _ = alice.post("/api/me/email", json!({"email": "bob@example.com"})).await.expect(202);
    let token = app.mailed_token("bob").await;
    app.register("bob").await;
    app.post(VERIFY, json!({"token": token})).await.refused(409, "USER_EXISTS");
    assert_eq!(alice.get("/api/me").await.expect(200).json["email"], "alice@example.com");
}

#[tokio::test]
async fn a_change_asked_for_before_the_password_was_reset_is_void_a22() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let _ = alice.post("/api/me/email", json!({"email": "thief@example.com"})).await.expect(202);
    let thief = app.mailed_token("thief").await;
    let body = json!({"current_password": PASSWORD, "new_password": "another long passphrase"});
    let _ = alice.post("/api/me/password", body).await.expect(204);
    app.post(VERIFY, json!({"token": thief})).await.refused(400, "INVALID_LINK");
}

#[tokio::test]
async fn taking_over_and_ending_need_a_recent_proof_7_5_1() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    app.advance(Span::minutes(6));
    let body = json!({"email": "new@example.com"});
    alice.post("/api/me/email", body.clone()).await.refused(401, "STEP_UP_REQUIRED");
    alice.delete("/api/me", json!({})).await.refused(401, "STEP_UP_REQUIRED");
    let wrong = json!({"current_password": "not the password"});
    alice.delete("/api/me", wrong).await.refused(401, "INVALID_CREDENTIALS");
    let body = json!({"email": "new@example.com", "current_password": PASSWORD});
    let _ = alice.post("/api/me/email", body).await.expect(202);
    let _ = alice.delete("/api/me", json!({"current_password": PASSWORD})).await.expect(204);
}

#[tokio::test]
async fn a_deleted_account_is_gone_on_all_nodes_m18() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let login = app.register("alice").await;
    let elsewhere = app.login("alice").await;
    let there = Actor::bearer(&node, elsewhere.clone());
    let _ = there.get("/api/me").await.expect(200);
    let alice = Actor::bearer(&app, login.clone());
    let _ = alice.delete("/api/me", json!({"current_password": PASSWORD})).await.expect(204);

    alice.get("/api/me").await.refused(401, "TOKEN_REVOKED");
    Actor::bearer(&app, elsewhere.clone()).get("/api/me").await.refused(401, "TOKEN_REVOKED");
    app.post("/api/auth/refresh", json!({"refresh_token": login.refresh})).await.refused(401, "INVALID_REFRESH_TOKEN");
    node.caught_up().await;
    there.get("/api/me").await.refused(401, "TOKEN_REVOKED");
    app.try_login("alice", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");

    let admin = app.admin().await;
    let path = format!("/api/me/activity?cursor={}", "evt_00000000000000000000000000");
    let _ = admin.get(&path).await.expect(200);
    let again = app.register("alice").await;
    assert_ne!(again.user["id"], login.user["id"]);
}

#[tokio::test]
async fn what_is_personal_in_the_audit_log_goes_with_the_account_m18() {
    use crate::kernel::audit::{Filter, list, verify};
    let app = TestApp::new().await;
    let login = app.register("alice").await;
    let id = login.user_id();
    let alice = Actor::bearer(&app, login);
    let _ = alice.delete("/api/me", json!({"current_password": PASSWORD})).await.expect(204);
    let filter = Filter { subject: Some(id), limit: 100, ..Filter::default() };
    let events = list(app.ctx(), &filter).await.unwrap().events;
    let actions: Vec<_> = events.iter().map(|event| event.action.as_str()).collect();
    assert!(actions.contains(&"profile.deleted") && actions.contains(&"password.register"), "{actions:?}");
    assert!(events.iter().all(|event| event.ip.is_none() && event.user_agent.is_none() && event.details.is_empty()));
    assert!(verify(app.ctx()).await.unwrap().findings.is_empty());
}

#[tokio::test]
async fn the_last_administrator_stays_m18() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    admin.delete("/api/me", json!({"current_password": PASSWORD})).await.refused(409, "CONFLICT");
    let _ = admin.get("/api/me").await.expect(200);
}

#[tokio::test]
async fn devices_are_listed_and_ended_m18_a20() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let alice = app.actor("alice").await;
    app.advance(Span::seconds(1));
    let phone = app.login("alice").await;
    let list = alice.get("/api/me/sessions").await.expect(200).json;
    assert_eq!(list["next_cursor"], json!(null));
    let data = list["data"].as_array().unwrap();
    let current: Vec<_> = data.iter().map(|device| device["current"] == true).collect();
    assert_eq!(current, [false, true], "the newest first");
    assert_eq!(data[0]["id"], phone.session);

    let first = alice.get("/api/me/sessions?limit=1").await.expect(200).json;
    let next = first["next_cursor"].as_str().expect("another page");
    let second = alice.get(&format!("/api/me/sessions?limit=1&cursor={next}")).await.expect(200).json;
    assert_eq!((&first["data"][0], &second["data"][0]), (&data[0], &data[1]));
    assert_eq!(second["next_cursor"], json!(null));
    for wrong in ["limit=0", "cursor=usr_01h455vb4pex5vsknk084sn02q", "q=x"] {
        alice.get(&format!("/api/me/sessions?{wrong}")).await.refused(400, "VALIDATION_FAILED");
    }

    let there = Actor::bearer(&node, phone.clone());
    let _ = there.get("/api/me").await.expect(200);
    let path = format!("/api/me/sessions/{}", phone.session);
    let _ = alice.delete(&path, json!({})).await.expect(204);
    Actor::bearer(&app, phone.clone()).get("/api/me").await.refused(401, "TOKEN_REVOKED");
    node.caught_up().await;
    there.get("/api/me").await.refused(401, "TOKEN_REVOKED");
    alice.delete(&path, json!({})).await.refused(404, "NOT_FOUND");
    assert_eq!(alice.get("/api/me/sessions").await.json["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn another_device_is_signed_out_with_a_recent_proof_and_this_one_without_7_5_2() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let phone = format!("/api/me/sessions/{}", app.login("alice").await.session);
    app.advance(Span::minutes(6));
    alice.delete(&phone, json!({})).await.refused(401, "STEP_UP_REQUIRED");
    alice.delete(&phone, json!({"current_password": "not hers"})).await.refused(401, "INVALID_CREDENTIALS");
    let _ = alice.delete(&phone, json!({"current_password": PASSWORD})).await.expect(204);
    let _ = alice.delete(&format!("/api/me/sessions/{}", alice.login.session), json!({})).await.expect(204);
    alice.get("/api/me").await.refused(401, "TOKEN_REVOKED");
}

#[tokio::test]
async fn anothers_session_is_as_unknown_as_none_a20_t1() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let mallory = app.actor("mallory").await;
    for id in [alice.login.session.as_str(), "ses_00000000000000000000000000", "usr_x", "%27%20or%201%3D1"] {
        let answer = mallory.delete(&format!("/api/me/sessions/{id}"), json!({})).await;
        answer.refused(404, "NOT_FOUND");
    }
    let _ = alice.get("/api/me").await.expect(200);
    let sessions = mallory.get("/api/me/sessions").await.expect(200).text;
    assert!(!sessions.contains(&alice.login.session));
}

#[tokio::test]
async fn activity_is_ones_own_in_pages_m18_t1() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    app.actor("bob").await;
    app.try_login("alice", "not the password").await.refused(401, "INVALID_CREDENTIALS");
    let _ = alice.patch("/api/me", json!({"name": "Alice B."})).await.expect(200);
    let mut actions = Vec::new();
    let mut path = "/api/me/activity?limit=1".to_owned();
    loop {
        let page = alice.get(&path).await.expect(200).json;
        let data = page["data"].as_array().unwrap();
        assert_eq!(data.len(), 1);
        assert_eq!(data[0]["subject"], alice.login.user["id"]);
        actions.push(data[0]["action"].as_str().unwrap().to_owned());
        let Some(next) = page["next_cursor"].as_str() else { break };
        path = format!("/api/me/activity?limit=1&cursor={next}");
    }
    assert_eq!(actions, ["profile.renamed", "password.login", "password.register"]);
    alice.get("/api/me/activity?subject=usr_x").await.refused(400, "VALIDATION_FAILED");
}

#[tokio::test]
async fn the_export_has_everything_and_no_secret_m18() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let bob = app.actor("bob").await;
    let token = app.mailed_token("alice").await;
    let answer = alice.get("/api/me/export").await.expect(200);
    assert!(answer.header("content-disposition").unwrap().starts_with("attachment"));
    let mut parts: Vec<_> = answer.json.as_object().unwrap().keys().map(String::as_str).collect();
    parts.sort_unstable();
    assert_eq!(
        parts,
        [
            "account",
            "api_keys",
            "audit_events",
            "exported_at",
            "failed_attempts",
            "invitations",
            "mailed_codes",
            "memberships",
            "passkeys",
            "password",
            "recovery_codes",
            "second_factors",
            "sessions",
            "sign_in_places",
        ]
    );
    assert_eq!(answer.json["account"]["email"], "alice@example.com");
    assert_eq!(answer.json["sessions"][0]["id"], alice.login.session);
    assert_eq!(answer.json["mailed_codes"][0]["purpose"], "verify_email");
    let refresh = alice.login.refresh.as_str();
    for secret in [token.as_str(), refresh, &alice.login.access, "$argon2", "salt", "digest", "bob", &bob.login.session]
    {
        assert!(!answer.text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn all_of_it_needs_a_person_m18() {
    let app = TestApp::new().await;
    for path in ["/api/me", "/api/me/sessions", "/api/me/activity", "/api/me/export"] {
        app.get(path).await.refused(401, "TOKEN_MISSING");
    }
    // A page's form cookie is no credential.
    let browser = Browser::new(&app);
    let _ = browser.open("/reset").await.expect(200);
    assert_eq!(browser.open("/api/me").await.status, 401);
}

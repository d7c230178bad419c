//! Who has an account cannot be told from any answer (M-12, `A17`; ASVS 6.3.8). What it costs is counted: one
//! verification each; its timing is measured by the gate `alike` of the bench.

use serde_json::{Value, json};

use crate::{
    kernel::{
        settings::Limit,
        settings::{RegistrationSettings, VerifyEmail},
    },
    testing::{Answer, PASSWORD, TestApp},
};

/// What a caller can compare: all but the request's own id.
fn visible(answer: &Answer) -> (u16, Value, Vec<(String, String)>) {
    let mut body = answer.json.clone();
    if let Some(error) = body["error"].as_object_mut() {
        error.remove("request_id");
    }
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (answer.status.as_u16(), body, headers)
}

#[tokio::test]
async fn unknown_and_wrong_are_one_answer_and_one_hash_m12_a17_6_3_8() {
    let app = TestApp::with(|settings| settings.limits.register = Limit::OFF).await;
    app.register("alice").await;
    let mut seen = Vec::new();
    for (name, peer) in [("alice", "198.51.100.1"), ("nobody", "198.51.100.2")] {
        let app = app.from(peer);
        let before = app.ctx().hasher.done();
        let answer = app.try_login(name, "a wrong long passphrase").await;
        answer.refused(401, "INVALID_CREDENTIALS");
        assert_eq!(app.ctx().hasher.done() - before, 1, "{name}");
        seen.push(visible(&answer));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_full_queue_answers_alike_m12() {
    let app = TestApp::with(|settings| settings.password.hash_queue = 1).await;
    app.register("alice").await;
    let place = app.ctx().hasher.place().unwrap();
    let mut seen = Vec::new();
    for name in ["alice", "nobody"] {
        let answer = app.try_login(name, PASSWORD).await;
        answer.refused(503, "OVERLOADED");
        assert_eq!(answer.header("retry-after"), Some("1"));
        seen.push(visible(&answer));
    }
    assert_eq!(seen[0], seen[1]);
    // Everything else goes on, and what was not looked at is no failure.
    let _ = app.get("/healthz").await.expect(200);
    drop(place);
    let _ = app.try_login("alice", PASSWORD).await.expect(200);
    assert!(app.rows("select failures from attempts", vec![]).await.is_empty());
}

/// Estimating the strength of a password is work as well: it waits where hashes do, and not on the threads of requests.
#[tokio::test]
async fn a_full_queue_looks_at_no_new_password_a18_d2() {
    let app = TestApp::with(|settings| settings.password.hash_queue = 1).await;
    let place = app.ctx().hasher.place().unwrap();
    let body = json!({"email": "alice@example.com", "password": "short", "name": "Alice"});
    app.post("/api/auth/register", body.clone()).await.refused(503, "OVERLOADED");
    drop(place);
    app.post("/api/auth/register", body).await.refused(400, "WEAK_PASSWORD");
}

#[tokio::test]
async fn asking_for_a_reset_tells_nothing_m16_a17_6_3_8() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let mut seen = Vec::new();
    for (name, peer) in [("alice", "198.51.100.1"), ("nobody", "198.51.100.2")] {
        let answer =
            app.from(peer).post("/api/auth/password/forgot", json!({"email": format!("{name}@example.com")})).await;
        seen.push(visible(&answer.expect(202)));
    }
    assert_eq!(seen[0], seen[1]);
    let letters: Vec<_> =
        app.letters().await.into_iter().filter(|letter| letter.text.contains("reset?token=")).collect();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to, "alice@example.com");
}

#[tokio::test]
async fn registering_a_taken_address_tells_nothing_where_addresses_are_verified_a17_6_3_8() {
    let app = TestApp::with(|settings| {
        settings.registration = RegistrationSettings { open: true, verify_email: VerifyEmail::Optional };
    })
    .await;
    app.register("alice").await;
    let strict = TestApp::with(|settings| {
        settings.registration = RegistrationSettings { open: true, verify_email: VerifyEmail::Required };
        settings.database.url = app.ctx().settings.database.url.clone();
    })
    .await;
    let mut seen = Vec::new();
    for (name, peer) in [("alice", "198.51.100.1"), ("nobody", "198.51.100.2")] {
        let before = strict.ctx().hasher.done();
        let body = json!({"email": format!("{name}@example.com"), "password": PASSWORD, "name": "A"});
        let answer = strict.from(peer).post("/api/auth/register", body).await.expect(202);
        assert_eq!(strict.ctx().hasher.done() - before, 1, "{name}");
        seen.push(visible(&answer));
    }
    assert_eq!(seen[0], seen[1]);
}

/// A right password of a disabled account is told so, a wrong one learns nothing.
#[tokio::test]
async fn a_disabled_account_is_told_after_the_right_password_only_a15() {
    let app = TestApp::new().await;
    let alice = app.register("alice").await;
    let now = app.ctx().now();
    app.change("update accounts set disabled_at = $2 where id = $1", guardhouse_store::params![alice.user_id(), now])
        .await;
    app.try_login("alice", "a wrong long passphrase").await.refused(401, "INVALID_CREDENTIALS");
    app.try_login("alice", PASSWORD).await.refused(403, "ACCOUNT_DISABLED");
}

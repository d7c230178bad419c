//! The proof of work, asked of everybody.

use guardhouse_core::time::Span;
use serde_json::json;

use super::{Asked, CaptchaSettings, Kind, login, proof_of_work, register, solve, solved};
use crate::{
    kernel::settings::{Profile, Settings, Source},
    testing::{PASSWORD, TestApp},
};

#[tokio::test]
async fn who_solves_the_challenge_gets_in_and_nobody_else_m33() {
    let app = TestApp::with(proof_of_work(Asked::Always)).await;
    let refused = register(&app, "alice", None).await.expect(403);
    let error = &refused.json["error"];
    assert_eq!((&error["kind"], &error["challenge"]["algorithm"]), (&json!("proof-of-work"), &json!("SHA-256")));
    // The refusal brings a challenge along, and it is one.
    let _ = register(&app, "alice", Some(&solve(&error["challenge"]))).await.expect(201);
    login(&app, "alice", PASSWORD, None).await.refused(403, "CAPTCHA_REQUIRED");
    let _ = login(&app, "alice", PASSWORD, Some(&solved(&app).await)).await.expect(200);
    login(&app, "alice", "wrong", Some(&solved(&app).await)).await.refused(401, "INVALID_CREDENTIALS");
    for path in ["/api/auth/password/forgot", "/api/auth/email/resend"] {
        app.post(path, json!({"email": "alice@example.com"})).await.refused(403, "CAPTCHA_REQUIRED");
        let body = json!({"email": "alice@example.com", "captcha": solved(&app).await});
        let _ = app.post(path, body).await.expect(202);
    }
}

/// What the widget of ALTCHA reads by its `challengeurl`.
#[tokio::test]
async fn a_challenge_has_the_members_of_altcha_m33() {
    let app = TestApp::with(proof_of_work(Asked::Risk)).await;
    let answer = app.get("/api/auth/captcha").await.expect(200);
    let mut names: Vec<_> = answer.json.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["algorithm", "challenge", "kind", "maxnumber", "salt", "signature"]);
    assert_eq!(answer.json["maxnumber"], 1_000);
    assert_eq!(app.get("/api/auth/config").await.expect(200).json["captcha"], "proof-of-work");
    let off = TestApp::new().await;
    assert_eq!(off.get("/api/auth/captcha").await.expect(200).json, json!({"kind": "off"}));
}

#[tokio::test]
async fn an_answer_counts_once_however_many_send_it_at_once_on_all_nodes_m33_a22_a4() {
    let app = TestApp::with(proof_of_work(Asked::Always)).await;
    let _ = register(&app, "alice", Some(&solved(&app).await)).await.expect(201);
    let other = app.another_node().await;
    let answer = solved(&app).await;
    let tries = (0..10).map(|n| {
        let node = if n % 2 == 0 { &app } else { &other };
        login(node, "alice", PASSWORD, Some(&answer))
    });
    let statuses: Vec<_> = futures_util::future::join_all(tries).await.iter().map(|a| a.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 9, "{statuses:?}");
    login(&other, "alice", PASSWORD, Some(&answer)).await.refused(403, "CAPTCHA_REQUIRED");
}

#[tokio::test]
async fn what_was_spent_is_forgotten_once_it_is_too_old_and_counts_no_more_for_that_m40_a22() {
    let app = TestApp::with(proof_of_work(Asked::Always)).await;
    let answer = solved(&app).await;
    let _ = register(&app, "alice", Some(&answer)).await.expect(201);
    let spent = async || app.rows("select 1 from spent_challenges", vec![]).await.len();
    assert_eq!(spent().await, 1);
    app.advance(Span::minutes(5) + Span::seconds(1));
    register(&app, "bob", Some(&answer)).await.refused(403, "CAPTCHA_REQUIRED");
    for sweep in crate::assembly::sweeps() {
        (sweep.run)(app.ctx()).await.unwrap();
    }
    assert_eq!(spent().await, 0);
    register(&app, "bob", Some(&answer)).await.refused(403, "CAPTCHA_REQUIRED");
}

/// A challenge is bound to nobody, and one from another server is worth nothing.
#[tokio::test]
async fn nonsense_is_refused_and_nothing_is_hashed_for_it_m33_d2() {
    let app = TestApp::with(proof_of_work(Asked::Always)).await;
    for nonsense in ["x", "e30=", "bnVsbA==", "%", &"A".repeat(8192)] {
        login(&app, "alice", PASSWORD, Some(nonsense)).await.refused(403, "CAPTCHA_REQUIRED");
    }
    assert_eq!(app.ctx().hasher.done(), 0);
    let huge = "A".repeat(8193);
    login(&app, "alice", PASSWORD, Some(&huge)).await.refused(400, "VALIDATION_FAILED");
    for wrong in [json!(7), json!({}), json!([])] {
        let body = json!({"email": "alice@example.com", "password": PASSWORD, "captcha": wrong});
        app.post("/api/auth/login", body).await.refused(400, "VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn challenges_and_wrong_answers_of_a_network_are_limited_d2_a5() {
    let app = TestApp::with(|settings| {
        proof_of_work(Asked::Always)(settings);
        settings.change(|captcha: &mut CaptchaSettings| captcha.limit = "3/1m".parse().unwrap());
    })
    .await;
    let answer = solved(&app).await;
    let _ = login(&app, "alice", PASSWORD, Some("x")).await.expect(403);
    let _ = login(&app, "alice", PASSWORD, Some("x")).await.expect(403);
    login(&app, "alice", PASSWORD, Some("x")).await.refused(429, "RATE_LIMITED");
    let _ = app.get("/api/auth/captcha").await.expect(429);
    let _ = app.from("2001:db8::1").get("/api/auth/captcha").await.expect(200);
    app.advance(Span::minutes(2));
    // A right one costs nothing.
    for _ in 0..2 {
        let _ = app.get("/api/auth/captcha").await.expect(200);
    }
    let _ = login(&app, "alice", PASSWORD, Some(&answer)).await.expect(401);
    let _ = app.get("/api/auth/captcha").await.expect(200);
}

#[test]
fn nothing_said_is_a_proof_of_work_outside_development_and_off_is_off_m33() {
    let read = |profile, text: &str| {
        let toml = Some(("guardhouse.toml".to_owned(), text.to_owned()));
        let source = Source { profile: Some(profile), toml, ..Source::default() };
        Settings::load(&source, &crate::assembly::sections())
    };
    let kind = |profile, text: &str| read(profile, text).unwrap().of::<CaptchaSettings>().kind;
    assert_eq!(kind(Profile::Development, ""), Kind::Off);
    assert_eq!(kind(Profile::Production, ""), Kind::ProofOfWork);
    assert_eq!(kind(Profile::Hardened, ""), Kind::ProofOfWork);
    assert_eq!(kind(Profile::Production, "[captcha]\nkind = \"off\"\n"), Kind::Off);
    for (text, key) in [
        ("kind = \"turnstile\"\nsecret = \"x\"\n", "captcha.site_key"),
        ("kind = \"hcaptcha\"\nsite_key = \"x\"\n", "captcha.secret"),
        ("difficulty = 1\n", "captcha.difficulty"),
        ("ttl = \"1s\"\n", "captcha.ttl"),
        ("min_score = 101\n", "captcha.min_score"),
    ] {
        let settings = read(Profile::Development, &format!("[captcha]\n{text}")).unwrap();
        let refusal = settings.check().unwrap_err().to_string();
        assert!(refusal.contains(key), "{text}: {refusal}");
    }
}

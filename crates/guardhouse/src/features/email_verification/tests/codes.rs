//! Codes to type: few tries, whoever asks.

use super::*;

#[tokio::test]
async fn time_runs_out_for_links_and_sooner_for_codes_a12_m15() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let (token, code) = (app.mailed_token("alice").await, app.mailed_code("alice").await);
    app.advance(Span::minutes(10) + Span::seconds(1));
    app.verify(json!({"email": "alice@example.com", "code": code})).await.refused(400, "INVALID_LINK");
    app.advance(Span::days(1));
    app.verify(json!({"token": token})).await.refused(400, "INVALID_LINK");
    let login = app.login("alice").await;
    assert_eq!(login.user["email_verified"], false);
    drop(alice);
}

#[tokio::test]
async fn a_code_verifies_for_its_own_address_alone_m15_a16() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    app.register("bob").await;
    let code = app.mailed_code("alice").await;
    if code != app.mailed_code("bob").await {
        app.verify(json!({"email": "bob@example.com", "code": code})).await.refused(400, "INVALID_LINK");
    }
    let _ = app.verify(json!({"email": "ALICE@example.COM", "code": code})).await.expect(204);
    assert!(verified(&alice).await);
    app.verify(json!({"email": "alice@example.com", "code": code})).await.refused(400, "INVALID_LINK");
}

#[tokio::test]
async fn a_code_is_tried_five_times_and_new_letters_give_no_new_tries_a12() {
    let app = TestApp::with(|settings| settings.lockout.attempts = 1000).await;
    app.register("alice").await;
    let code = app.mailed_code("alice").await;
    for _ in 0..5 {
        app.verify(json!({"email": "alice@example.com", "code": other(&code)})).await.refused(400, "INVALID_LINK");
    }
    app.verify(json!({"email": "alice@example.com", "code": code})).await.refused(400, "INVALID_LINK");

    let app = TestApp::new().await;
    for name in ["alice", "nobody"] {
        let email = format!("{name}@example.com");
        let _ = app.post(RESEND, json!({"email": email})).await.expect(202);
        for _ in 0..5 {
            app.verify(json!({"email": email, "code": "000000"})).await.refused(400, "INVALID_LINK");
        }
        let _ = app.post(RESEND, json!({"email": email})).await.expect(202);
        app.verify(json!({"email": email, "code": "000000"})).await.refused(423, "ACCOUNT_LOCKED");
    }
}

/// Guesses leave no more rows than the network's limit, and a right code costs nothing (M-31, M-40).
#[tokio::test]
async fn guessed_codes_are_limited_per_network_and_a_refused_guess_leaves_no_row_m31_m40() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let body = json!({"email": "alice@example.com", "code": app.mailed_code("alice").await});
    let _ = app.verify(body).await.expect(204);
    assert!(verified(&alice).await);
    for n in 0..20 {
        let body = json!({"email": format!("b{n}@example.com"), "code": "123456"});
        app.verify(body).await.refused(400, "INVALID_LINK");
    }
    for n in 20..40 {
        let body = json!({"email": format!("b{n}@example.com"), "code": "123456"});
        app.verify(body).await.refused(429, "RATE_LIMITED");
    }
    let rows = app.rows("select count(*) from attempts", vec![]).await;
    assert_eq!(rows[0].int(0).unwrap(), 20);
    let body = json!({"email": "c@example.com", "code": "123456"});
    app.from("192.0.2.9").verify(body).await.refused(400, "INVALID_LINK");
}

/// M-34: guesses of a code and the lock they end in are told, with the account where a code waits for one.
#[tokio::test]
async fn wrong_codes_and_their_lock_are_audited_m34_a4() {
    let app = TestApp::new().await;
    let alice = app.register("alice").await;
    let wrong = other(&app.mailed_code("alice").await);
    for name in ["alice", "nobody"] {
        for _ in 0..5 {
            let body = json!({"email": format!("{name}@example.com"), "code": wrong});
            app.verify(body).await.refused(400, "INVALID_LINK");
        }
    }
    let actions = app.audited().await;
    let count = |wanted: &str| actions.iter().filter(|action| *action == wanted).count();
    assert_eq!((count("email_verification.code"), count("email_verification.locked")), (10, 2), "{actions:?}");
    let filter = Filter { subject: Some(alice.user_id()), limit: 50, ..Filter::default() };
    let events = audit::list(app.ctx(), &filter).await.unwrap().events;
    assert_eq!(events.iter().filter(|event| event.action.starts_with("email_verification.")).count(), 6);
}

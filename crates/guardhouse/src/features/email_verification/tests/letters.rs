//! Asking for the letter again.

use super::*;

#[tokio::test]
async fn asking_again_answers_all_alike_and_sends_where_something_waits_m15_a17() {
    let app = strict().await;
    app.waits("waiting", PASSWORD).await;
    app.waits("done", PASSWORD).await;
    let _ = app.verify(json!({"token": app.mailed_token("done").await, "password": PASSWORD})).await.expect(204);
    let first = app.mailed_token("waiting").await;
    let mut texts = Vec::new();
    for name in ["waiting", "done", "nobody"] {
        let before = app.letters_to(name).await;
        let answer = app.post(RESEND, json!({"email": format!("{name}@example.com")})).await.expect(202);
        texts.push(answer.text);
        assert_eq!(app.letters_to(name).await - before, usize::from(name == "waiting"), "{name}");
    }
    assert!(texts.iter().all(|text| *text == texts[0]));
    let second = app.mailed_token("waiting").await;
    app.verify(json!({"token": first, "password": PASSWORD})).await.refused(400, "INVALID_LINK");
    let _ = app.verify(json!({"token": second, "password": PASSWORD})).await.expect(204);
    app.login("waiting").await;
}

#[tokio::test]
async fn asking_again_for_an_account_makes_the_old_letter_worthless_a22() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let first = app.mailed_token("alice").await;
    let _ = app.post(RESEND, json!({"email": "Alice@example.com"})).await.expect(202);
    let second = app.mailed_token("alice").await;
    app.verify(json!({"token": first})).await.refused(400, "INVALID_LINK");
    let _ = app.verify(json!({"token": second})).await.expect(204);
    assert!(verified(&alice).await);
}

#[tokio::test]
async fn asking_again_is_limited_per_network_d1() {
    let app = TestApp::new().await;
    for n in 0..20 {
        let _ = app.post(RESEND, json!({"email": format!("b{n}@example.com")})).await.expect(202);
    }
    let answer = app.post(RESEND, json!({"email": "c@example.com"})).await;
    answer.refused(429, "RATE_LIMITED");
    assert!(answer.header("retry-after").is_some());
    let _ = app.from("192.0.2.9").post(RESEND, json!({"email": "c@example.com"})).await.expect(202);
}

/// Many networks do not make many letters, and the answer tells nobody how many there were (M-31, `A5`, `A17`).
#[tokio::test]
async fn letters_to_one_address_are_limited_whoever_asks_and_nothing_tells_m31_a5_a17_d1() {
    let app = strict().await;
    let mut answers = Vec::new();
    for n in 0..8 {
        let stranger = app.from(&format!("192.0.2.{n}"));
        let asked = match n % 2 {
            0 => {
                let body = json!({"email": "alice@example.com", "password": PASSWORD, "name": "Alice"});
                stranger.post("/api/auth/register", body).await.expect(202)
            }
            _ => stranger.post(RESEND, json!({"email": "ALICE@example.com"})).await.expect(202),
        };
        answers.push((asked.text, asked.headers.get("ratelimit").cloned()));
        app.work().await;
    }
    assert!((2..8).all(|n| answers[n] == answers[n - 2]), "{answers:?}");
    assert_eq!(app.letters_to("alice").await, 5);
    let waiting = app.rows("select id from one_time_codes where used_at is null", vec![]).await;
    assert_eq!(waiting.len(), 3, "one for each registration that was told of by a letter");
    // The owner takes up what came, and other addresses are none the worse.
    let body = json!({"token": app.mailed_token("alice").await, "password": PASSWORD});
    let _ = app.verify(body).await.expect(204);
    app.waits("bob", PASSWORD).await;
    assert_eq!(app.letters_to("bob").await, 1);
    app.advance(Span::hours(2));
    app.waits("alice", PASSWORD).await;
    assert_eq!(app.letters_to("alice").await, 6);
}

/// Where an account works before its address is verified, only the letter stays away.
#[tokio::test]
async fn an_account_is_made_without_a_letter_once_its_address_got_enough_m31() {
    let app = TestApp::new().await;
    for n in 0..5 {
        let stranger = app.from(&format!("192.0.2.{n}"));
        let _ = stranger.post(RESEND, json!({"email": "alice@example.com"})).await.expect(202);
    }
    app.work().await;
    app.register("alice").await;
    assert_eq!(app.letters_to("alice").await, 0);
    // Whoever is refused as taken has spent none of the owner's letters.
    app.advance(Span::hours(2));
    for n in 0..5 {
        let body = json!({"email": "alice@example.com", "password": PASSWORD, "name": "Eve"});
        app.from(&format!("192.0.2.{n}")).post("/api/auth/register", body).await.refused(409, "USER_EXISTS");
    }
    let _ = app.post(RESEND, json!({"email": "alice@example.com"})).await.expect(202);
    app.work().await;
    assert_eq!(app.letters_to("alice").await, 1);
}

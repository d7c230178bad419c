//! Ceremonies that are not what they should be (`A23`): each differs from a good one in one thing.

use super::{
    authenticator::{BE, BS, Says, UP, UV},
    *,
};

type Change = fn(&mut Says);

#[tokio::test]
async fn whatever_differs_from_a_good_answer_is_refused_alike_a23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (_, key) = with_key(&app, "alice").await;
    let other_pages: [Change; 8] = [
        |says| says.origin = "https://localhost:8700".into(),
        |says| says.origin = "http://localhost:8701".into(),
        |says| says.origin = "http://localhost".into(),
        |says| says.origin = "http://evil.localhost:8700".into(),
        |says| says.origin = "http://localhost:8700/".into(),
        |says| says.origin = "http://LOCALHOST:8700".into(),
        |says| says.origin = "http://localhost:8700@evil.example".into(),
        |says| says.origin = "null".into(),
    ];
    let cases = other_pages.into_iter().map(|change| (change, "origin"));
    let others: [(Change, &str); 10] = [
        (|says| says.more = vec![("crossOrigin", json!(true))], "cross_origin"),
        (|says| says.more = vec![("topOrigin", json!("https://evil.example"))], "cross_origin"),
        (|says| says.challenge = Some("A".repeat(43)), "challenge"),
        (|says| says.challenge = Some("not base64!".into()), "client_data"),
        (|says| says.flags = UV | BE | BS, "user"),
        (|says| says.flags = UP | BE | BS, "user"),
        (|says| says.handle = Some(vec![7; 16]), "user_handle"),
        (|says| says.handle = Some(vec![]), "user_handle"),
        (
            |says| says.rp_id = "evil.example".into(),
            "The clients relying party id hash does not match the hash of our relying party id",
        ),
        (
            |says| says.act = Some("webauthn.create"),
            "The JSON from the client did not indicate webauthn.<method> correctly",
        ),
    ];
    let good = shown(&app, key.get(&request(&app).await)).await.expect(200);
    for (number, (change, why)) in cases.chain(others).enumerate() {
        let app = app.from(&format!("198.51.100.{number}"));
        let credential = key.get_but(&request(&app).await, change);
        let answer = shown(&app, credential).await;
        answer.refused(401, "INVALID_CREDENTIALS");
        assert_eq!(reason(&app, &admin).await, why, "case {number}");
    }
    assert!(good.json["access_token"].is_string());
    let _ = shown(&app, key.get(&request(&app).await)).await.expect(200);
}

#[tokio::test]
async fn an_altered_signature_and_altered_flags_are_refused_a23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (_, key) = with_key(&app, "alice").await;
    let part = |credential: &Value, name: &str| credential["response"][name].as_str().unwrap().to_owned();
    for name in ["signature", "authenticatorData"] {
        let mut credential = key.get(&request(&app).await);
        let other = key.get_but(&request(&app).await, |says| says.counter = 9);
        credential["response"][name] = json!(part(&other, name));
        shown(&app, credential).await.refused(401, "INVALID_CREDENTIALS");
        assert_eq!(reason(&app, &admin).await, "signature", "{name}");
    }
    // Another's key under this one's id.
    let mut mallory = Key::new();
    (mallory.id, mallory.handle) = (key.id.clone(), key.handle.clone());
    shown(&app, mallory.get(&request(&app).await)).await.refused(401, "INVALID_CREDENTIALS");
    assert_eq!(reason(&app, &admin).await, "signature");
}

#[tokio::test]
async fn a_challenge_has_one_answer_right_or_wrong_a22_a23_6_7_2() {
    let app = TestApp::new().await;
    let (alice, key) = with_key(&app, "alice").await;
    let options = request(&app).await;
    let credential = key.get(&options);
    let _ = shown(&app, credential.clone()).await.expect(200);
    shown(&app, credential).await.refused(401, "INVALID_CREDENTIALS");
    // A wrong one spends it too.
    let options = request(&app).await;
    shown(&app, key.get_but(&options, |says| says.flags = 0)).await.refused(401, "INVALID_CREDENTIALS");
    shown(&app, key.get(&options)).await.refused(401, "INVALID_CREDENTIALS");
    // A challenge to add a passkey signs nobody in, and one to sign in adds none.
    let to_add = creation(&alice).await;
    shown(&app, key.get(&to_add)).await.refused(401, "INVALID_CREDENTIALS");
    let mut options = request(&app).await;
    options["user"] = to_add["user"].clone();
    let credential = Key::new().create(&options);
    alice.post(MINE, json!({"credential": credential})).await.refused(401, "INVALID_CREDENTIALS");
    // Each is another, of 256 bits.
    let challenge = |options: &Value| options["challenge"].as_str().unwrap().to_owned();
    let (one, two) = (challenge(&request(&app).await), challenge(&request(&app).await));
    assert!(one != two && one.len() == 43, "{one} {two}");
}

#[tokio::test]
async fn a_new_passkey_answers_the_options_of_its_own_session_once_a23() {
    let app = TestApp::new().await;
    let (alice, bob) = (app.actor("alice").await, app.actor("bob").await);
    let elsewhere = Actor::bearer(&app, app.login("alice").await);
    let options = creation(&alice).await;
    let credential = Key::new().create(&options);
    let body = json!({"credential": credential});
    bob.post(MINE, body.clone()).await.refused(401, "INVALID_CREDENTIALS");
    elsewhere.post(MINE, body.clone()).await.refused(401, "INVALID_CREDENTIALS");
    let _ = alice.post(MINE, body.clone()).await.expect(201);
    alice.post(MINE, body).await.refused(401, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn a_new_passkey_must_be_of_our_page_and_of_a_verified_user_a23() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let cases: [Change; 8] = [
        |says| says.origin = "https://localhost:8700".into(),
        |says| says.origin = "http://localhost:8701".into(),
        |says| says.origin = "http://a.localhost:8700".into(),
        |says| says.more = vec![("crossOrigin", json!(true))],
        |says| says.flags = UV,
        |says| says.flags = UP,
        |says| says.rp_id = "evil.example".into(),
        |says| says.act = Some("webauthn.get"),
    ];
    for (number, change) in cases.into_iter().enumerate() {
        let mut key = Key::new();
        change(&mut key.says);
        let credential = key.create(&creation(&alice).await);
        let answer = alice.post(MINE, json!({"credential": credential})).await;
        assert_eq!(answer.code(), "INVALID_CREDENTIALS", "case {number}: {}", answer.text);
    }
    assert_eq!(alice.get(MINE).await.expect(200).json["data"], json!([]));
}

#[tokio::test]
async fn nobody_adds_a_credential_that_somebody_has_a23() {
    let app = TestApp::new().await;
    let (alice, of_alice) = with_key(&app, "alice").await;
    let bob = app.actor("bob").await;
    let mut copy = Key::new();
    copy.id.clone_from(&of_alice.id);
    let credential = copy.create(&creation(&bob).await);
    bob.post(MINE, json!({"credential": credential})).await.refused(409, "CONFLICT");
    assert_eq!(bob.get("/api/me").await.expect(200).json["mfa_enabled"], json!(false));
    let options = creation(&alice).await;
    assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1, "{options}");
    let mut again = Key::new();
    again.id.clone_from(&of_alice.id);
    let credential = again.create(&options);
    alice.post(MINE, json!({"credential": credential})).await.refused(401, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn a_counter_that_goes_back_signs_nobody_in_and_its_owner_is_told_a23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.actor("alice").await;
    let mut key = Key::hardware();
    let credential = key.create(&creation(&alice).await);
    let _ = alice.post(MINE, json!({"credential": credential})).await.expect(201);
    key.says.counter = 5;
    let answer = shown(&app, key.get(&request(&app).await)).await.expect(200);
    let claims = answer.json["access_token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let claims = data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["amr"], json!(["hwk", "user", "mfa"]));
    for counter in [5, 4, 0] {
        key.says.counter = counter;
        shown(&app, key.get(&request(&app).await)).await.refused(401, "INVALID_CREDENTIALS");
        assert_eq!(reason(&app, &admin).await, "counter");
    }
    assert!(app.audited().await.iter().any(|action| action == "passkeys.cloned"));
    let letters = app.letters().await;
    let told = letters.iter().find(|letter| letter.subject.contains("copied")).expect("a letter");
    assert_eq!(told.to, "alice@example.com");
    key.says.counter = 6;
    let _ = shown(&app, key.get(&request(&app).await)).await.expect(200);
}

#[tokio::test]
async fn what_is_no_credential_is_named_and_nothing_else_m39() {
    let app = TestApp::new().await;
    for body in [
        json!({}),
        json!({"credential": "text"}),
        json!({"credential": {}}),
        json!({"credential": {"type": "public-key", "id": 1}}),
        json!({"credential": {"type": "password"}}),
    ] {
        let answer = app.post(VERIFY, body.clone()).await;
        answer.refused(400, "VALIDATION_FAILED");
        assert_eq!(answer.json["error"]["details"][0]["field"], json!("credential"), "{body}");
    }
}

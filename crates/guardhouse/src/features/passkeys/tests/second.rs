//! Behind the password.

use super::{authenticator::UP, *};
use crate::{
    features::passkeys::{PasskeySettings, UserVerification},
    testing::PASSWORD,
};

const ANSWER: &str = "/api/auth/mfa/verify";

async fn ticket(app: &TestApp, name: &str) -> String {
    let answer = app.try_login(name, PASSWORD).await;
    answer.refused(401, "MFA_REQUIRED");
    assert_eq!(answer.json["error"]["methods"][0], json!("passkey"), "{}", answer.text);
    answer.json["error"]["mfa_token"].as_str().unwrap().to_owned()
}

async fn challenge(app: &TestApp, ticket: &str) -> Value {
    let body = json!({"mfa_token": ticket, "method": "passkey"});
    app.post("/api/auth/mfa/challenge", body).await.expect(200).json["publicKey"].clone()
}

async fn answer(app: &TestApp, ticket: &str, credential: Value) -> Answer {
    app.post(ANSWER, json!({"mfa_token": ticket, "method": "passkey", "credential": credential})).await
}

#[tokio::test]
async fn a_password_waits_for_a_passkey_of_its_account_a6_m09() {
    let app = TestApp::new().await;
    let (_, key) = with_key(&app, "alice").await;
    let (_, of_bob) = with_key(&app, "bob").await;
    let waiting = ticket(&app, "alice").await;
    let options = challenge(&app, &waiting).await;
    assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1, "{options}");
    assert_eq!(options["allowCredentials"][0]["id"], key.get(&options)["id"]);
    // Another's key, another's handle, a challenge of another ceremony, another page.
    answer(&app, &waiting, of_bob.get(&options)).await.refused(401, "INVALID_MFA_CODE");
    let options = challenge(&app, &waiting).await;
    let shown = key.get_but(&options, |says| says.handle = Some(of_bob.handle.clone()));
    answer(&app, &waiting, shown).await.refused(401, "INVALID_MFA_CODE");
    let alone = request(&app).await;
    answer(&app, &waiting, key.get(&alone)).await.refused(401, "INVALID_MFA_CODE");

    let waiting = ticket(&app, "alice").await;
    let options = challenge(&app, &waiting).await;
    let shown = key.get_but(&options, |says| says.origin = "http://localhost:1".into());
    answer(&app, &waiting, shown).await.refused(401, "INVALID_MFA_CODE");
    // The challenge behind a password signs nobody in alone.
    super::shown(&app, key.get(&options)).await.refused(401, "INVALID_CREDENTIALS");
    let options = challenge(&app, &waiting).await;
    let good = key.get(&options);
    let login = Login::read(&answer(&app, &waiting, good.clone()).await.expect(200));
    assert_eq!(login.user["email"], json!("alice@example.com"));
    answer(&app, &waiting, good).await.refused(401, "INVALID_TOKEN");
}

#[tokio::test]
async fn a_key_without_verification_stands_behind_a_password_and_never_alone_a23_6_5_7() {
    let own = PasskeySettings { user_verification: UserVerification::Preferred, ..PasskeySettings::default() };
    let app = TestApp::with(|settings| settings.set(own)).await;
    let alice = app.actor("alice").await;
    let mut key = Key::hardware();
    key.says.flags = UP;
    let credential = key.create(&creation(&alice).await);
    let _ = alice.post(MINE, json!({"credential": credential})).await.expect(201);
    key.says.counter = 2;
    super::shown(&app, key.get(&request(&app).await)).await.refused(401, "INVALID_CREDENTIALS");
    let waiting = ticket(&app, "alice").await;
    let options = challenge(&app, &waiting).await;
    key.says.counter = 3;
    let _ = answer(&app, &waiting, key.get(&options)).await.expect(200);
    // The counter counts here, too.
    let waiting = ticket(&app, "alice").await;
    let options = challenge(&app, &waiting).await;
    answer(&app, &waiting, key.get(&options)).await.refused(401, "INVALID_MFA_CODE");
    assert!(app.audited().await.iter().any(|action| action == "passkeys.cloned"));
}

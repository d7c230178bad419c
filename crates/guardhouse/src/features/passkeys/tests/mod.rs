//! Through HTTP: with an authenticator that others wrote, and with one that does whatever a test wants of it.

mod authenticator;
mod forged;
mod life;
mod makers;
mod others;
mod races;
mod second;
mod soft;

use authenticator::Key;
use serde_json::{Value, json};

use crate::testing::{Actor, Answer, Login, TestApp};

const OPTIONS: &str = "/api/auth/passkey/options";
const VERIFY: &str = "/api/auth/passkey/verify";
const MINE: &str = "/api/me/passkeys";

/// Options for a new passkey.
async fn creation(actor: &Actor<'_>) -> Value {
    actor.post(&format!("{MINE}/options"), json!({})).await.expect(200).json["publicKey"].clone()
}

/// Options to sign in with.
async fn request(app: &TestApp) -> Value {
    app.post(OPTIONS, json!({})).await.expect(200).json["publicKey"].clone()
}

/// Adds a passkey made by hand; the actor's session has shown it then.
async fn added<'a>(app: &'a TestApp, actor: &Actor<'_>, name: &str) -> (Actor<'a>, Key) {
    let mut key = Key::new();
    let credential = key.create(&creation(actor).await);
    let mut answer = actor.post(MINE, json!({"credential": credential, "name": name})).await.expect(201);
    key.named = answer.json["id"].as_str().unwrap().to_owned();
    answer.json = answer.json["login"].clone();
    (Actor::bearer(app, Login::read(&answer)), key)
}

/// Shows what was signed.
async fn shown(app: &TestApp, credential: Value) -> Answer {
    app.post(VERIFY, json!({"credential": credential})).await
}

/// Somebody with a passkey.
async fn with_key<'a>(app: &'a TestApp, name: &str) -> (Actor<'a>, Key) {
    added(app, &app.actor(name).await, "Phone").await
}

/// Why the last sign-in was refused, as the audit log has it.
async fn reason(app: &TestApp, admin: &Actor<'_>) -> String {
    app.work().await;
    let list = admin.get("/api/admin/audit-events?action=passkeys.login&limit=1").await.expect(200);
    list.json["data"][0]["details"]["reason"].as_str().unwrap_or_default().to_owned()
}

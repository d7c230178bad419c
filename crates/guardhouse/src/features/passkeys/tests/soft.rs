//! With the authenticator and client of the makers of a password manager.

use passkey::{
    authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod},
    client::{Client, DefaultClientData},
    crypto::aws_lc_rs::AwsLcRsBackend,
    types::{
        Passkey,
        ctap2::{Aaguid, Ctap2Error},
    },
};
use serde_json::json;
use url::Url;

use super::*;

/// Its types write bytes as lists of numbers, browsers as base64url.
fn as_browsers_write(value: Value) -> Value {
    let byte = |value: &Value| value.as_u64().and_then(|number| u8::try_from(number).ok());
    match value {
        Value::Array(items) => match items.iter().map(byte).collect::<Option<Vec<u8>>>() {
            Some(bytes) if !bytes.is_empty() => json!(data_encoding::BASE64URL_NOPAD.encode(&bytes)),
            _ => Value::Array(items.into_iter().map(as_browsers_write).collect()),
        },
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, as_browsers_write(value))).collect(),
        other => other,
    }
}

struct Somebody;

#[async_trait::async_trait]
impl UserValidationMethod for Somebody {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

#[tokio::test]
async fn a_passkey_is_added_and_signs_in_without_an_address_m09() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let origin = Url::parse("http://localhost:8700").unwrap();
    let store: Option<Passkey> = None;
    let authenticator = Authenticator::new(Aaguid::new_empty(), store, Somebody, AwsLcRsBackend);
    let mut client = Client::new(authenticator).allows_insecure_localhost(true);

    let options = alice.post("/api/me/passkeys/options", json!({})).await.expect(200).json;
    let created = client.register(&origin, serde_json::from_value(options).unwrap(), DefaultClientData).await.unwrap();
    let body = json!({"credential": as_browsers_write(serde_json::to_value(created).unwrap()), "name": "Laptop"});
    let added = alice.post(MINE, body).await.expect(201).json;
    assert_eq!((&added["name"], &added["last_used_at"]), (&json!("Laptop"), &json!(null)));
    assert!(added["id"].as_str().unwrap().starts_with("psk_"), "{added}");

    let options = app.post(OPTIONS, json!({})).await.expect(200).json;
    let got = client.authenticate(&origin, serde_json::from_value(options).unwrap(), DefaultClientData).await.unwrap();
    let answer = shown(&app, as_browsers_write(serde_json::to_value(got).unwrap())).await.expect(200);
    let login = Login::read(&answer);
    assert_eq!(login.user_id(), alice.login.user_id());
    assert_eq!(login.user["mfa_enabled"], json!(true));
    let again = Actor::bearer(&app, login);
    let listed = again.get(MINE).await.expect(200).json;
    assert!(listed["data"][0]["last_used_at"].is_string(), "{listed}");
}

//! A passkey in software, by a maker of password managers.

use anyhow::{Result, anyhow};
use data_encoding::BASE64URL_NOPAD;
use passkey::{
    authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod},
    client::{Client, DefaultClientData},
    crypto::aws_lc_rs::AwsLcRsBackend,
    types::{
        Passkey,
        ctap2::{Aaguid, Ctap2Error},
    },
};
use serde_json::{Value, json};
use url::Url;

/// Somebody who is there and whom the device knows.
pub(crate) struct Somebody;

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

/// A browser with one passkey.
pub(crate) struct Device {
    client: Client<Option<Passkey>, Somebody, AwsLcRsBackend, public_suffix::PublicSuffixList, ()>,
    origin: Url,
}

impl Device {
    pub(crate) fn new(origin: &str) -> Result<Self> {
        let authenticator = Authenticator::new(Aaguid::new_empty(), None, Somebody, AwsLcRsBackend);
        let client = Client::new(authenticator).allows_insecure_localhost(true);
        Ok(Self { client, origin: Url::parse(origin)? })
    }

    /// The answer to options for a new passkey.
    pub(crate) async fn create(&mut self, options: &[u8]) -> Result<Value> {
        let options = serde_json::from_slice(options)?;
        let made = self.client.register(&self.origin, options, DefaultClientData).await;
        Ok(as_browsers_write(serde_json::to_value(made.map_err(|error| anyhow!("{error:?}"))?)?))
    }

    /// The answer to options to sign in.
    pub(crate) async fn get(&mut self, options: &[u8]) -> Result<Value> {
        let options = serde_json::from_slice(options)?;
        let made = self.client.authenticate(&self.origin, options, DefaultClientData).await;
        Ok(as_browsers_write(serde_json::to_value(made.map_err(|error| anyhow!("{error:?}"))?)?))
    }
}

/// Its types write bytes as lists of numbers, browsers as base64url.
fn as_browsers_write(value: Value) -> Value {
    let byte = |value: &Value| value.as_u64().and_then(|number| u8::try_from(number).ok());
    match value {
        Value::Array(items) => match items.iter().map(byte).collect::<Option<Vec<u8>>>() {
            Some(bytes) if !bytes.is_empty() => json!(BASE64URL_NOPAD.encode(&bytes)),
            _ => Value::Array(items.into_iter().map(as_browsers_write).collect()),
        },
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, as_browsers_write(value))).collect(),
        other => other,
    }
}

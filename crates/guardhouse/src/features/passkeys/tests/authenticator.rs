//! An authenticator and a browser made by hand, which do whatever a test wants (`WebAuthn` L3, sections 5.8.1 and 6.1).

use std::collections::BTreeMap;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use data_encoding::BASE64URL_NOPAD;
use guardhouse_core::secret;
use serde_cbor_2::Value as Cbor;
use serde_json::{Value, json};

pub(super) const UP: u8 = 0x01;
pub(super) const UV: u8 = 0x04;
pub(super) const BE: u8 = 0x08;
pub(super) const BS: u8 = 0x10;
const AT: u8 = 0x40;

/// What the browser and the authenticator say, right unless a test says otherwise.
#[derive(Clone)]
pub(super) struct Says {
    pub(super) origin: String,
    pub(super) rp_id: String,
    pub(super) flags: u8,
    pub(super) counter: u32,
    pub(super) challenge: Option<String>,
    pub(super) handle: Option<Vec<u8>>,
    /// Further members of the client data.
    pub(super) more: Vec<(&'static str, Value)>,
    /// `webauthn.create` or `webauthn.get`, where it is not what it should be.
    pub(super) act: Option<&'static str>,
}

/// A key of an authenticator.
pub(super) struct Key {
    pair: EcdsaKeyPair,
    pub(super) id: Vec<u8>,
    pub(super) handle: Vec<u8>,
    pub(super) says: Says,
    /// `psk_…`
    pub(super) named: String,
}

fn text(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

impl Key {
    pub(super) fn new() -> Self {
        let says = Says {
            origin: "http://localhost:8700".into(),
            rp_id: "localhost".into(),
            flags: UP | UV | BE | BS,
            counter: 0,
            challenge: None,
            handle: None,
            more: Vec::new(),
            act: None,
        };
        Self {
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: secret::random::<32>().to_vec(),
            handle: Vec::new(),
            says,
            named: String::new(),
        }
    }

    /// A security key: its keys never leave it, and it counts.
    pub(super) fn hardware() -> Self {
        let mut key = Self::new();
        (key.says.flags, key.says.counter) = (UP | UV, 1);
        key
    }

    fn client_data(says: &Says, act: &str, options: &Value) -> Vec<u8> {
        let challenge = says.challenge.clone().unwrap_or_else(|| options["challenge"].as_str().unwrap().to_owned());
        let act = says.act.unwrap_or(act);
        let mut data = json!({"type": act, "challenge": challenge, "origin": says.origin, "crossOrigin": false});
        for (name, value) in &says.more {
            data[name] = value.clone();
        }
        data.to_string().into_bytes()
    }

    fn authenticator_data(says: &Says, more: u8) -> Vec<u8> {
        [&sha256(says.rp_id.as_bytes())[..], &[says.flags | more], &says.counter.to_be_bytes()].concat()
    }

    /// The public key as COSE writes it (RFC 9053).
    fn cose(&self) -> Vec<u8> {
        let point = self.pair.public_key().as_ref();
        let members = [(1, Cbor::Integer(2)), (3, Cbor::Integer(-7)), (-1, Cbor::Integer(1))]
            .into_iter()
            .chain([(-2, Cbor::Bytes(point[1..33].to_vec())), (-3, Cbor::Bytes(point[33..].to_vec()))]);
        let map: BTreeMap<_, _> = members.map(|(label, value)| (Cbor::Integer(label), value)).collect();
        serde_cbor_2::to_vec(&Cbor::Map(map)).unwrap()
    }

    /// What `navigator.credentials.create()` gives.
    pub(super) fn create(&mut self, options: &Value) -> Value {
        self.handle = BASE64URL_NOPAD.decode(options["user"]["id"].as_str().unwrap().as_bytes()).unwrap();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let data = [&Self::authenticator_data(&self.says, AT)[..], &[7; 16], &length, &self.id, &self.cose()].concat();
        let object: BTreeMap<_, _> = [
            (Cbor::Text("fmt".into()), Cbor::Text("none".into())),
            (Cbor::Text("attStmt".into()), Cbor::Map(BTreeMap::new())),
            (Cbor::Text("authData".into()), Cbor::Bytes(data)),
        ]
        .into();
        let client_data = Self::client_data(&self.says, "webauthn.create", options);
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key",
            "authenticatorAttachment": "platform", "clientExtensionResults": {"credProps": {"rk": true}},
            "response": {
                "clientDataJSON": text(&client_data),
                "attestationObject": text(&serde_cbor_2::to_vec(&Cbor::Map(object)).unwrap()),
                "transports": ["internal", "hybrid"],
            },
        })
    }

    /// What `navigator.credentials.get()` gives.
    pub(super) fn get(&self, options: &Value) -> Value {
        self.get_saying(options, &self.says)
    }

    /// The same, with something that is not as it should be.
    pub(super) fn get_but(&self, options: &Value, change: impl FnOnce(&mut Says)) -> Value {
        let mut says = self.says.clone();
        change(&mut says);
        self.get_saying(options, &says)
    }

    fn get_saying(&self, options: &Value, says: &Says) -> Value {
        let client_data = Self::client_data(says, "webauthn.get", options);
        let data = Self::authenticator_data(says, 0);
        let signed = [&data[..], &sha256(&client_data)].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        let handle = says.handle.clone().unwrap_or_else(|| self.handle.clone());
        let handle = if handle.is_empty() { Value::Null } else { json!(text(&handle)) };
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "authenticatorData": text(&data),
                "clientDataJSON": text(&client_data),
                "signature": text(signature.as_ref()),
                "userHandle": handle,
            },
        })
    }
}

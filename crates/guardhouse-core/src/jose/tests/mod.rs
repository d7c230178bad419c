//! Each file is one subject; what several of them need stands here.

mod claims;
mod encoding;
mod header;
mod keys;
mod oracle;
mod properties;
mod rfc;
mod wycheproof;

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::{Algorithm, Expectation, KeySet, Rejection, SigningKey, VerifyingKey, verify};

const NOW: i64 = 1_800_000_000;

const EXPECTED: Expectation<'static> =
    Expectation { typ: &["at+jwt"], issuer: "https://id.example", audience: &["api"], now: NOW, leeway: 60 };

static RSA: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::Rs256).unwrap());

static KEYS: LazyLock<[SigningKey; 5]> = LazyLock::new(|| {
    Algorithm::ALL.map(|algorithm| match algorithm {
        // Making an RSA key is slow; both paddings use one here.
        Algorithm::Rs256 | Algorithm::Ps256 => SigningKey::from_pkcs8(algorithm, &RSA.to_pkcs8()).unwrap(),
        _ => SigningKey::generate(algorithm).unwrap(),
    })
});

fn key(algorithm: Algorithm) -> &'static SigningKey {
    KEYS.iter().find(|key| key.algorithm() == algorithm).unwrap()
}

fn key_set(keys: &[&SigningKey]) -> KeySet {
    keys.iter().map(|key| key.verifying_key()).collect()
}

fn good_claims() -> Value {
    json!({
        "iss": "https://id.example", "aud": "api", "sub": "user_1", "jti": "1",
        "exp": NOW + 900, "iat": NOW, "nbf": NOW,
    })
}

fn good_header(key: &SigningKey) -> String {
    json!({ "alg": key.algorithm().as_str(), "typ": "at+jwt", "kid": key.kid() }).to_string()
}

/// A token with exactly this header and payload, properly signed.
fn crafted(key: &SigningKey, header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", encode(header), encode(payload));
    let signature = key.signature(signed.as_bytes()).unwrap();
    format!("{signed}.{}", encode(signature))
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

/// The verdict on a token where `key` is the only one known.
fn verdict(key: &SigningKey, token: &str) -> Result<Value, Rejection> {
    verify(token, &key_set(&[key]), &EXPECTED)
}

fn with_payload(payload: &str) -> Result<Value, Rejection> {
    let key = key(Algorithm::EdDsa);
    verdict(key, &crafted(key, &good_header(key), payload))
}

fn with_header(header: &str) -> Result<Value, Rejection> {
    let key = key(Algorithm::EdDsa);
    verdict(key, &crafted(key, header, &good_claims().to_string()))
}

fn only(key: VerifyingKey) -> KeySet {
    [key].into_iter().collect()
}

//! Nothing that strangers send is taken for a token, and nothing stops the verifier (`J1` to `J9`).
#![no_main]

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use guardhouse_core::jose::{Algorithm, Expectation, KeySet, SigningKey, verify};
use libfuzzer_sys::{
    arbitrary::{self, Arbitrary},
    fuzz_target,
};
use serde_json::Value;

const EXPECTED: Expectation<'_> = Expectation {
    typ: &["at+jwt"],
    issuer: "https://auth.example.com",
    audience: &["api"],
    now: 1_780_000_000,
    leeway: 60,
};

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::Es256).expect("a key"));
static KEYS: LazyLock<KeySet> = LazyLock::new(|| [KEY.verifying_key()].into_iter().collect());

#[derive(Arbitrary, Debug)]
enum Sent<'a> {
    /// Any bytes.
    Bytes(&'a [u8]),
    /// Three segments that decode.
    Segments { header: &'a [u8], payload: &'a [u8], signature: &'a [u8] },
    /// A header that names our key, with whatever algorithm and more.
    Named { algorithm: &'a str, more: &'a str, payload: &'a [u8], signature: &'a [u8] },
    /// Our own signature over claims of any kind.
    Signed { typ: &'a str, claims: &'a str },
    /// A genuine token with one byte altered.
    Altered { at: usize, with: u8 },
}

fn joined(header: &[u8], payload: &[u8], signature: &[u8]) -> String {
    [header, payload, signature].map(|part| BASE64URL_NOPAD.encode(part)).join(".")
}

fn genuine() -> Value {
    serde_json::json!({"iss": EXPECTED.issuer, "aud": "api", "exp": EXPECTED.now + 60, "sub": "somebody"})
}

fn refused(token: &str) {
    assert!(verify::<Value>(token, &KEYS, &EXPECTED).is_err(), "taken: {token}");
}

fuzz_target!(|sent: Sent<'_>| match sent {
    Sent::Bytes(bytes) => refused(&String::from_utf8_lossy(bytes)),
    Sent::Segments { header, payload, signature } => refused(&joined(header, payload, signature)),
    Sent::Named { algorithm, more, payload, signature } => {
        let kid = Value::from(KEY.kid());
        let header = format!(r#"{{"alg":{},"typ":"at+jwt","kid":{kid}{more}}}"#, Value::from(algorithm));
        refused(&joined(header.as_bytes(), payload, signature));
    }
    Sent::Signed { typ, claims } => {
        let Ok(claims) = serde_json::from_str::<Value>(claims) else { return };
        let Ok(token) = KEY.sign(typ, &claims) else { return };
        if let Ok(taken) = verify::<Value>(&token, &KEYS, &EXPECTED) {
            assert_eq!(taken["iss"], EXPECTED.issuer);
            assert!(taken["exp"].is_number() && !taken["aud"].is_null(), "{taken}");
        }
    }
    Sent::Altered { at, with } => {
        let token = KEY.sign("at+jwt", &genuine()).expect("a token");
        assert!(verify::<Value>(&token, &KEYS, &EXPECTED).is_ok());
        let mut bytes = token.clone().into_bytes();
        let at = at % bytes.len();
        if bytes[at] != with {
            bytes[at] = with;
            refused(&String::from_utf8_lossy(&bytes));
        }
    }
});

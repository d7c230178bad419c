//! Verification, in the order size, shape, header, key, signature, claims (ASVS 9.1.1).

use std::collections::HashMap;

use serde::de::DeserializeOwned;

use super::compact::{Compact, HeaderRoom, SignatureRoom};
use super::{JwkSet, Rejection, VerifyingKey, claims};

/// The keys of one issuer, by name. Keys come from here and never from a token (attack `J3`).
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: HashMap<Box<str>, VerifyingKey>,
}

impl KeySet {
    /// The keys of a published set that can be used here. Others are passed over, as RFC 7517,
    /// section 5, asks; a set may well have keys for encryption.
    pub fn from_jwks(set: &JwkSet) -> Self {
        set.keys.iter().filter_map(|jwk| VerifyingKey::from_jwk(jwk).ok()).collect()
    }

    /// The key by that name.
    pub fn get(&self, kid: &str) -> Option<&VerifyingKey> {
        self.keys.get(kid)
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key, so that every token is refused.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// Of two keys by the same name the first stays: a later one can't displace it.
impl FromIterator<VerifyingKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        let mut set = Self::default();
        for key in keys {
            set.keys.entry(key.kid().into()).or_insert(key);
        }
        set
    }
}

/// What a token must say to be taken, beyond a good signature.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// Acceptable `typ` values, compared without case and without a leading `application/` (RFC 7515,
    /// section 4.1.9). An empty string stands for a header without `typ`, as ID tokens of others have.
    pub typ: &'a [&'a str],
    /// The exact `iss`.
    pub issuer: &'a str,
    /// Acceptable audiences: the token must name one. With none, every token is refused.
    pub audience: &'a [&'a str],
    /// The present, in seconds since the epoch.
    pub now: i64,
    /// Tolerance for clocks that differ, in seconds.
    pub leeway: i64,
}

/// The claims of a token that holds against `keys` and `expect`. `exp` is required; `nbf` and `iat`
/// count where present.
///
/// # Errors
/// The first check that failed.
pub fn verify<C: DeserializeOwned>(token: &str, keys: &KeySet, expect: &Expectation<'_>) -> Result<C, Rejection> {
    let payload = verified_payload(token, keys, expect)?;
    claims::check(&payload, expect)?;
    serde_json::from_slice(&payload).map_err(|_| Rejection::BadClaims)
}

fn verified_payload(token: &str, keys: &KeySet, expect: &Expectation<'_>) -> Result<Vec<u8>, Rejection> {
    let token = Compact::split(token)?;
    let mut room = HeaderRoom::new();
    let header = token.header(&mut room)?;
    let key = keys.get(&header.key_id).ok_or(Rejection::UnknownKey)?;
    if header.algorithm != key.algorithm().as_str() {
        return Err(Rejection::WrongAlgorithm);
    }
    let mut room = SignatureRoom::new();
    if !key.verifies(token.signed(), token.signature(&mut room)?) {
        return Err(Rejection::BadSignature);
    }
    if !is_expected_type(header.media_type.as_deref(), expect.typ) {
        return Err(Rejection::WrongType);
    }
    token.payload()
}

fn is_expected_type(found: Option<&str>, expected: &[&str]) -> bool {
    let Some(found) = found else {
        return expected.contains(&"");
    };
    let found = bare_type(found);
    !found.is_empty() && expected.iter().any(|name| bare_type(name).eq_ignore_ascii_case(found))
}

/// A media type without its `application/`.
fn bare_type(name: &str) -> &str {
    const PREFIX: &str = "application/";
    match name.get(..PREFIX.len()) {
        Some(start) if start.eq_ignore_ascii_case(PREFIX) => &name[PREFIX.len()..],
        _ => name,
    }
}

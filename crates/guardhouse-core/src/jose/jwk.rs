//! Public keys as JSON (RFC 7517; parameters in RFC 7518, section 6, and RFC 8037, section 2).

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{Algorithm, KeyError};

/// A public key as JSON. Reading one checks nothing: [`VerifyingKey::from_jwk`](super::VerifyingKey::from_jwk) does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Jwk {
    /// Kind of key: `EC`, `OKP` or `RSA`.
    pub kty: String,
    /// Name of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The one algorithm the key is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// What the key is for: `sig`.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// Curve of an `EC` or `OKP` key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// First coordinate, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Second coordinate, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// RSA modulus, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// RSA exponent, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// Seen but never kept: the private half, and the secret of an `oct` key.
    #[serde(default, skip_serializing)]
    d: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    k: Option<IgnoredAny>,
}

/// Keys published together (RFC 7517, section 5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys, in the order they came.
    pub keys: Vec<Jwk>,
}

impl Jwk {
    /// A P-256 key from its uncompressed point without the leading 4.
    pub(super) fn p256(coordinates: &[u8]) -> Self {
        let (x, y) = coordinates.split_at(coordinates.len() / 2);
        Self {
            kty: "EC".into(),
            crv: Some("P-256".into()),
            x: Some(encoded(x)),
            y: Some(encoded(y)),
            ..Self::default()
        }
    }

    /// An Ed25519 key from its 32 bytes.
    pub(super) fn ed25519(public: &[u8]) -> Self {
        Self { kty: "OKP".into(), crv: Some("Ed25519".into()), x: Some(encoded(public)), ..Self::default() }
    }

    /// An RSA key from its big-endian numbers without leading zeros.
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        Self { kty: "RSA".into(), n: Some(encoded(modulus)), e: Some(encoded(exponent)), ..Self::default() }
    }

    /// The same key, published for signatures of one algorithm under its thumbprint.
    pub(super) fn named(mut self, algorithm: Algorithm) -> Result<Self, KeyError> {
        self.kid = Some(self.thumbprint()?);
        self.alg = Some(algorithm.as_str().into());
        self.usage = Some("sig".into());
        Ok(self)
    }

    /// The SHA-256 thumbprint in base64url (RFC 7638, section 3): 43 characters.
    pub fn thumbprint(&self) -> Result<String, KeyError> {
        let json = match self.kty.as_str() {
            "EC" => {
                let (curve, x, y) = (member(self.crv.as_ref())?, number(self.x.as_ref())?, number(self.y.as_ref())?);
                format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            "OKP" => {
                let (curve, x) = (member(self.crv.as_ref())?, number(self.x.as_ref())?);
                format!(r#"{{"crv":"{curve}","kty":"OKP","x":"{x}"}}"#)
            }
            "RSA" => {
                let (e, n) = (number(self.e.as_ref())?, number(self.n.as_ref())?);
                format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
            }
            _ => return Err(KeyError::Unsupported),
        };
        Ok(BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, json.as_bytes()).as_ref()))
    }

    /// Refuses what must not be in a public signature key: a private half, a secret, another use.
    pub(super) fn check_public(&self) -> Result<(), KeyError> {
        if self.d.is_some() || self.k.is_some() {
            return Err(KeyError::PrivateHalf);
        }
        match self.usage.as_deref() {
            None | Some("sig") => Ok(()),
            Some(_) => Err(KeyError::Unsupported),
        }
    }

    /// The one algorithm of this key: `alg` where given, else what the kind of key means. An RSA key
    /// without `alg` is RS256, which is what the issuers mean that leave it out.
    pub(super) fn algorithm(&self) -> Result<Algorithm, KeyError> {
        if let Some(name) = &self.alg {
            return name.parse().map_err(|_| KeyError::Unsupported);
        }
        match self.kty.as_str() {
            "EC" => Ok(Algorithm::Es256),
            "OKP" => Ok(Algorithm::EdDsa),
            "RSA" => Ok(Algorithm::Rs256),
            _ => Err(KeyError::Unsupported),
        }
    }

    /// Whether kind and curve are those of `algorithm`. No JWK is ever a shared secret (attack `J2`).
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        let curve = self.crv.as_deref();
        match algorithm {
            Algorithm::Es256 => self.kty == "EC" && curve == Some("P-256"),
            Algorithm::EdDsa => self.kty == "OKP" && curve == Some("Ed25519"),
            Algorithm::Rs256 | Algorithm::Ps256 => self.kty == "RSA" && curve.is_none(),
            Algorithm::Hs256 => false,
        }
    }
}

/// The bytes of a base64url member.
pub(super) fn bytes(value: Option<&String>) -> Result<Vec<u8>, KeyError> {
    let text = value.ok_or(KeyError::Unsupported)?;
    BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| KeyError::Unsupported)
}

fn encoded(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// A base64url member as text: known to need no escape in JSON.
fn number(value: Option<&String>) -> Result<&str, KeyError> {
    bytes(value)?;
    member(value)
}

fn member(value: Option<&String>) -> Result<&str, KeyError> {
    let text = value.ok_or(KeyError::Unsupported)?;
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if plain { Ok(text) } else { Err(KeyError::Unsupported) }
}

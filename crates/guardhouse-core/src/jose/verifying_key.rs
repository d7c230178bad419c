//! Keys that verify, parsed once.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaParameters, RsaPublicKeyComponents,
};

use super::jwk::bytes;
use super::{Algorithm, Jwk, KeyError, MAX_KID};

/// A key that verifies signatures of its one algorithm. Cloning is counting a reference.
#[derive(Clone)]
pub struct VerifyingKey(Arc<Parsed>);

struct Parsed {
    kid: Box<str>,
    algorithm: Algorithm,
    public: Public,
}

enum Public {
    Signature(ParsedPublicKey),
    Mac(Box<hmac::Key>),
}

impl VerifyingKey {
    /// A key published by others. Its `alg` fixes the algorithm; without one the kind of key does, and
    /// RSA is RS256. The name is its `kid`, or its thumbprint where it has none.
    ///
    /// # Errors
    /// [`KeyError::PrivateHalf`], [`KeyError::WeakKey`] for RSA outside 2048 to 8192 bits, else
    /// [`KeyError::Unsupported`]; so also for every shared secret (attack `J2`).
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        Self::from_jwk_as(jwk, jwk.algorithm()?)
    }

    /// A key published by others for an algorithm agreed beforehand, such as a client's registered one.
    ///
    /// # Errors
    /// As [`from_jwk`](Self::from_jwk), and [`KeyError::Unsupported`] where the key's own `alg` differs.
    pub fn from_jwk_as(jwk: &Jwk, algorithm: Algorithm) -> Result<Self, KeyError> {
        jwk.check_public()?;
        let agrees = jwk.alg.as_deref().is_none_or(|name| name == algorithm.as_str());
        if !agrees || !jwk.fits(algorithm) {
            return Err(KeyError::Unsupported);
        }
        let kid = jwk.kid.clone().map_or_else(|| jwk.thumbprint(), Ok)?;
        if kid.len() > MAX_KID {
            return Err(KeyError::Unsupported);
        }
        let public = Public::Signature(parse(jwk, algorithm)?);
        Ok(Self(Arc::new(Parsed { kid: kid.into(), algorithm, public })))
    }

    /// The verifying side of a shared secret.
    pub(super) fn from_mac(kid: &str, key: hmac::Key) -> Self {
        Self(Arc::new(Parsed { kid: kid.into(), algorithm: Algorithm::Hs256, public: Public::Mac(Box::new(key)) }))
    }

    /// Name of the key, as in the header member `kid`.
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// The one algorithm this key verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// Whether `signature`, in its JOSE form, is this key's over `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0.public {
            Public::Signature(key) => key.verify_sig(message, signature).is_ok(),
            Public::Mac(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("kid", &self.kid()).field("algorithm", &self.algorithm()).finish()
    }
}

fn parse(jwk: &Jwk, algorithm: Algorithm) -> Result<ParsedPublicKey, KeyError> {
    match algorithm {
        Algorithm::Es256 => parse_p256(jwk),
        Algorithm::EdDsa => parse_ed25519(jwk),
        Algorithm::Rs256 => parse_rsa(jwk, &RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Ps256 => parse_rsa(jwk, &RSA_PSS_2048_8192_SHA256),
        Algorithm::Hs256 => Err(KeyError::Unsupported),
    }
}

fn parse_p256(jwk: &Jwk) -> Result<ParsedPublicKey, KeyError> {
    let (x, y) = (bytes(jwk.x.as_ref())?, bytes(jwk.y.as_ref())?);
    // RFC 7518, section 6.2.1.2: coordinates have the full length, whatever their value.
    if x.len() != 32 || y.len() != 32 {
        return Err(KeyError::Unsupported);
    }
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| KeyError::Unsupported)
}

fn parse_ed25519(jwk: &Jwk) -> Result<ParsedPublicKey, KeyError> {
    let public: [u8; 32] = bytes(jwk.x.as_ref())?.try_into().map_err(|_| KeyError::Unsupported)?;
    ParsedPublicKey::new(&ED25519, public).map_err(|_| KeyError::Unsupported)
}

/// The library looks at the size of an RSA key only when verifying; here it is refused at once.
fn parse_rsa(jwk: &Jwk, parameters: &'static RsaParameters) -> Result<ParsedPublicKey, KeyError> {
    let (n, e) = (bytes(jwk.n.as_ref())?, bytes(jwk.e.as_ref())?);
    let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
    let exponent = e.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    // With an exponent of 1 everything is its own signature.
    let sound = e.len() <= 4 && exponent >= 3 && exponent % 2 == 1;
    if !(2048..=8192).contains(&bits) || !sound {
        return Err(KeyError::WeakKey);
    }
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).map_err(|_| KeyError::Unsupported)
}

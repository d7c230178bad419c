//! What can be wrong with a key, and why a token is refused.

use aws_lc_rs::error::{KeyRejected, Unspecified};

/// Why a key can't be used, or a token can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not an unencrypted private key of the algorithm and curve asked for.
    #[error("not an unencrypted private key for this algorithm")]
    Unreadable,
    /// A shared secret shorter than 32 bytes (RFC 7518, section 3.2).
    #[error("a shared secret needs at least 32 bytes")]
    WeakSecret,
    /// An RSA key under 2048 bits (RFC 7518, section 3.3), or with an exponent that is no real one.
    #[error("an RSA key needs at least 2048 bits")]
    WeakKey,
    /// A JWK of a kind, curve, algorithm or use that is not used here.
    #[error("a key of this kind is not supported")]
    Unsupported,
    /// A JWK that carries the private or secret half.
    #[error("a public key must not carry its private half")]
    PrivateHalf,
    /// The claims are not a JSON object, or can't be written as one.
    #[error("claims must be a JSON object")]
    Claims,
    /// The token would be longer than [`MAX_TOKEN`](super::MAX_TOKEN).
    #[error("the token is too large")]
    TooLarge,
    /// The cryptographic library failed.
    #[error("the cryptographic operation failed")]
    Failed,
}

impl From<KeyRejected> for KeyError {
    fn from(rejected: KeyRejected) -> Self {
        match rejected.description_() {
            "TooSmall" => Self::WeakKey,
            _ => Self::Unreadable,
        }
    }
}

impl From<Unspecified> for KeyError {
    fn from(_: Unspecified) -> Self {
        Self::Failed
    }
}

/// Why a token is refused, in the order of the checks. For the audit log; the caller who sent the
/// token gets one answer for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Longer than [`MAX_TOKEN`](super::MAX_TOKEN), or a header or signature longer than any real one.
    #[error("token too large")]
    TooLarge,
    /// Not three parts of unpadded base64url with a JSON header that has an `alg`.
    #[error("token malformed")]
    Malformed,
    /// The header has a member that changes how a token is read, or one unknown here.
    #[error("token header not supported")]
    UnsupportedHeader,
    /// No `kid`, or no key by that name.
    #[error("signing key unknown")]
    UnknownKey,
    /// `alg` is not the algorithm of the key.
    #[error("wrong signature algorithm")]
    WrongAlgorithm,
    /// The signature does not verify.
    #[error("bad signature")]
    BadSignature,
    /// `typ` is none of the expected ones.
    #[error("wrong token type")]
    WrongType,
    /// The claims are not a JSON object without repeated names, a time is missing or not a whole
    /// number of seconds, or the claims lack what the caller asked for.
    #[error("bad claims")]
    BadClaims,
    /// `iss` is absent or another one.
    #[error("wrong issuer")]
    WrongIssuer,
    /// `aud` is absent or names none of the expected audiences.
    #[error("wrong audience")]
    WrongAudience,
    /// `exp` has passed.
    #[error("token expired")]
    Expired,
    /// `nbf` or `iat` is in the future.
    #[error("token not yet valid")]
    NotYetValid,
}

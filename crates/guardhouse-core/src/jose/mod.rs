//! JSON Web Signatures and Tokens: RFC 7515 (JWS), 7517 (JWK), 7518 (algorithms), 7519 (JWT), 7638
//! (thumbprints), 8037 (Ed25519), 8725 (best practices), 9068 (access tokens).
//!
//! A thin layer over aws-lc-rs. Keys are parsed once and kept; a token never chooses how it is
//! checked: its `kid` picks a key, the key fixes the algorithm (RFC 8725, section 3.1). Only the
//! compact form with three parts is read. There is no encryption here, so a JWE is refused as
//! malformed. The clock is an argument, in seconds since the epoch.

mod algorithm;
mod claims;
mod compact;
mod error;
mod jwk;
mod signing_key;
mod verify;
mod verifying_key;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use error::{KeyError, Rejection};
pub use jwk::{Jwk, JwkSet};
pub use signing_key::SigningKey;
pub use verify::{Expectation, KeySet, verify};
pub use verifying_key::VerifyingKey;

/// The longest token made or read, in bytes. Checked before any other work (attack `J8`).
pub const MAX_TOKEN: usize = 16 * 1024;

/// The longest `kid`, in bytes (attack `J4`).
pub const MAX_KID: usize = 128;

//! Passwords: what a person types, how it is hashed, which stored hashes verify, and which
//! passwords are refused. Pure: the bounded hash queue and its threads live with the caller.
//!
//! New hashes are Argon2id (RFC 9106). Hashes brought from other systems (bcrypt, scrypt RFC 7914,
//! PBKDF2 RFC 8018, other Argon2) are parsed, bounded in cost, verified as their maker did, and
//! replaced at the next login ([`needs_upgrade`], M-13). A password is compared byte for byte:
//! never truncated, normalised or case-folded (ASVS 6.2.8).
//!
//! The built-in list `common.txt` is made of the list shipped with Django (BSD-3-Clause, by
//! Royce Williams) and the password list of zxcvbn (MIT, Dropbox and Daniel Wolf): lower-cased,
//! sorted by bytes, without duplicates and without entries broken by a wrong character set.

mod argon;
mod breach;
mod common;
mod formats;
mod hash;
mod policy;
mod recipe;
mod strength;
mod typed;
mod verify;

#[cfg(test)]
mod tests;

pub use argon::{Argon2Params, HashError, Memory, ParamsError, hash};
pub use breach::{parse_range_answer, sha1_range};
pub use formats::FormatError;
pub use hash::PasswordHash;
pub use policy::{BrokenRule, Class, Policy, check};
pub use recipe::{Argon2Kind, Argon2Version, BcryptInput, Digest, Recipe, Scheme};
pub use typed::{Password, PasswordError};
pub use verify::{dummy, needs_upgrade, verify};

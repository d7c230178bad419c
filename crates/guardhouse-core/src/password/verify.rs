use std::{collections::HashMap, num::NonZeroU32};

use aws_lc_rs::{digest, hmac, pbkdf2};
use data_encoding::{BASE64, HEXLOWER};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::secret::sha256;

use super::{Argon2Params, Argon2Version, BcryptInput, Digest, Memory, Password, PasswordHash, Recipe, Scheme, argon};

/// bcrypt reads this many bytes and drops the rest.
const BCRYPT_BYTES: usize = 72;

/// Whether the password made the hash. Compares in constant time.
///
/// A bare bcrypt hash never verifies a password of more than 72 bytes: its maker may have dropped
/// the rest, so that two passwords differing only there would be one (A18). The person resets it.
pub fn verify(password: &Password, hash: &PasswordHash, memory: &mut Memory) -> bool {
    let typed = password.as_bytes();
    match hash.recipe {
        Recipe::Argon2 { .. } => derived(hash, |tag| argon::derive(typed, &hash.recipe, &hash.salt, tag, memory)),
        Recipe::Scrypt { log_n, r, p } => derived(hash, |tag| {
            let params = scrypt::Params::new(log_n, r, p).ok()?;
            scrypt::scrypt(typed, &hash.salt, &params, tag).ok()
        }),
        Recipe::Pbkdf2 { digest, iterations, .. } => NonZeroU32::new(iterations).is_some_and(|iterations| {
            pbkdf2::verify(pbkdf2_of(digest), iterations, &hash.salt, typed, &hash.tag).is_ok()
        }),
        Recipe::Bcrypt { cost, input } => verify_bcrypt(typed, hash, cost, input),
    }
}

fn derived(hash: &PasswordHash, derive: impl FnOnce(&mut [u8]) -> Option<()>) -> bool {
    let mut tag = Zeroizing::new(vec![0; hash.tag.len()]);
    derive(&mut tag).is_some() && bool::from(tag.ct_eq(&hash.tag))
}

fn pbkdf2_of(digest: Digest) -> pbkdf2::Algorithm {
    match digest {
        Digest::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
        Digest::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        Digest::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
    }
}

fn verify_bcrypt(typed: &[u8], hash: &PasswordHash, cost: u8, input: BcryptInput) -> bool {
    let input = bcrypt_input(typed, &hash.salt, input);
    // The work is done for the long ones too, so that an answer's time tells no scheme (A17).
    let equal = bcrypt::verify(&input[..], &hash.crypt(cost)).unwrap_or(false);
    equal && input.len() <= BCRYPT_BYTES
}

fn bcrypt_input(typed: &[u8], salt: &[u8], input: BcryptInput) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(match input {
        BcryptInput::Plain => typed.to_vec(),
        BcryptInput::Sha256Hex => HEXLOWER.encode(digest::digest(&digest::SHA256, typed).as_ref()).into(),
        BcryptInput::HmacSha256Base64 => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
            BASE64.encode(hmac::sign(&key, typed).as_ref()).into()
        }
    })
}

/// Whether a hash that just verified should be made anew: another function than Argon2id 1.3, or
/// less memory, work, salt or tag than `params` gives. A costlier Argon2id hash stays.
pub fn needs_upgrade(hash: &PasswordHash, params: &Argon2Params) -> bool {
    let Recipe::Argon2 { version: Argon2Version::V13, memory_kib, passes, .. } = hash.recipe else {
        return true;
    };
    let work = |memory: u32, passes: u32| u64::from(memory) * u64::from(passes);
    hash.scheme() != Scheme::Argon2id
        || memory_kib < params.memory_kib
        || work(memory_kib, passes) < work(params.memory_kib, params.passes)
        || hash.salt.len() < 16
        || hash.tag.len() < 32
}

/// A hash that nothing verifies against, for an account that does not exist (ruling 24).
///
/// `scheme_seed` is a keyed hash of the e-mail address. `in_use` are the recipes of stored hashes, each as often as it
/// occurs in a sample, in any order; where there are none, the dummy costs what a new hash with `params` costs.
///
/// The same unknown account costs the same over samples that differ a little: each recipe has one to four tickets by its
/// share, and the ticket whose hash with the seed is highest wins (rendezvous hashing), so that only an address whose
/// winner came or went changes.
pub fn dummy(scheme_seed: u64, in_use: &[Recipe], params: &Argon2Params) -> PasswordHash {
    let mut counts: HashMap<Recipe, usize> = HashMap::new();
    for recipe in in_use {
        *counts.entry(*recipe).or_default() += 1;
    }
    let best = |(recipe, count): (Recipe, usize)| {
        let name = unverifiable(recipe).to_phc();
        let tickets = 1..=(TICKETS * count).div_ceil(in_use.len());
        let score = tickets.map(|ticket| ticket_score(scheme_seed, &name, ticket)).max();
        (score, recipe)
    };
    let chosen = counts.into_iter().map(best).max_by_key(|(score, _)| *score);
    unverifiable(chosen.map_or_else(|| params.recipe(), |(_, recipe)| recipe))
}

/// The most that one recipe has: few, so that chance in a sample seldom changes their number.
const TICKETS: usize = 4;

fn ticket_score(seed: u64, recipe: &str, ticket: usize) -> [u8; 32] {
    sha256(format!("{seed}/{recipe}/{ticket}").as_bytes())
}

fn unverifiable(recipe: Recipe) -> PasswordHash {
    let (salt, tag) = match recipe {
        // bcrypt's base64 of zeros.
        Recipe::Bcrypt { .. } => (vec![b'.'; 22], vec![b'.'; 31]),
        Recipe::Pbkdf2 { length, .. } => (vec![0; 16], vec![0; usize::from(length)]),
        Recipe::Argon2 { .. } | Recipe::Scrypt { .. } => (vec![0; 16], vec![0; 32]),
    };
    PasswordHash { recipe, salt, tag }
}

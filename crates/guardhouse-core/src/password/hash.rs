use data_encoding::BASE64_NOPAD;

use super::formats;
use super::{Argon2Kind, Argon2Version, BcryptInput, Digest, FormatError, Recipe, Scheme};

/// A stored hash, parsed and bounded in cost. It has no `Debug`: it can be attacked offline.
pub struct PasswordHash {
    pub(super) recipe: Recipe,
    /// For bcrypt the 22 characters of its own base64, else the bytes.
    pub(super) salt: Vec<u8>,
    /// For bcrypt the 31 characters of its own base64, else the bytes.
    pub(super) tag: Vec<u8>,
}

impl PasswordHash {
    /// Longer than any format written by a known system.
    const MAX_TEXT: usize = 512;

    /// Reads a stored hash in any of the known formats: PHC strings (Argon2, scrypt, PBKDF2),
    /// bcrypt, Django, passlib, Werkzeug and ASP.NET Identity (versions 2 and 3).
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        if text.len() > Self::MAX_TEXT {
            return Err(FormatError::Malformed);
        }
        formats::parse(text)?.bounded()
    }

    /// Reads a password credential of a Keycloak export: the JSON texts `credentialData`
    /// (algorithm, iterations) and `secretData` (value, salt).
    pub fn from_keycloak(credential_data: &str, secret_data: &str) -> Result<Self, FormatError> {
        formats::keycloak(credential_data, secret_data)?.bounded()
    }

    fn bounded(self) -> Result<Self, FormatError> {
        self.recipe.check()?;
        let argon2 = matches!(self.recipe, Recipe::Argon2 { .. });
        let salt = if argon2 { 8..=64 } else { 1..=128 };
        // A short tag would let many passwords in; 16 bytes is the least any maker writes.
        if !salt.contains(&self.salt.len()) || !(16..=64).contains(&self.tag.len()) {
            return Err(FormatError::Malformed);
        }
        Ok(self)
    }

    /// The function's name.
    pub fn scheme(&self) -> Scheme {
        self.recipe.scheme()
    }

    /// The function and its cost.
    pub fn recipe(&self) -> Recipe {
        self.recipe
    }

    /// The canonical text, which [`PasswordHash::parse`] reads back: one form for storing imports.
    pub fn to_phc(&self) -> String {
        match self.recipe {
            Recipe::Argon2 { kind, version, memory_kib, passes, lanes } => {
                let (kind, version) = (argon2_name(kind), argon2_version(version));
                self.phc(&format!("{kind}$v={version}$m={memory_kib},t={passes},p={lanes}"))
            }
            Recipe::Scrypt { log_n, r, p } => self.phc(&format!("scrypt$ln={log_n},r={r},p={p}")),
            Recipe::Pbkdf2 { digest, iterations, .. } => self.phc(&format!("{}$i={iterations}", pbkdf2_name(digest))),
            Recipe::Bcrypt { cost, input } => self.bcrypt_text(cost, input),
        }
    }

    fn phc(&self, head: &str) -> String {
        let (salt, tag) = (BASE64_NOPAD.encode(&self.salt), BASE64_NOPAD.encode(&self.tag));
        format!("${head}${salt}${tag}")
    }

    fn bcrypt_text(&self, cost: u8, input: BcryptInput) -> String {
        let crypt = self.crypt(cost);
        match input {
            BcryptInput::Plain => crypt,
            BcryptInput::Sha256Hex => format!("bcrypt_sha256${crypt}"),
            BcryptInput::HmacSha256Base64 => {
                let (salt, tag) = (ascii(&self.salt), ascii(&self.tag));
                format!("$bcrypt-sha256$v=2,t=2b,r={cost}${salt}${tag}")
            }
        }
    }

    /// bcrypt's own 60 characters.
    pub(super) fn crypt(&self, cost: u8) -> String {
        format!("$2b${cost:02}${}{}", ascii(&self.salt), ascii(&self.tag))
    }
}

fn ascii(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn argon2_name(kind: Argon2Kind) -> &'static str {
    match kind {
        Argon2Kind::Id => "argon2id",
        Argon2Kind::I => "argon2i",
        Argon2Kind::D => "argon2d",
    }
}

fn argon2_version(version: Argon2Version) -> u8 {
    match version {
        Argon2Version::V10 => 16,
        Argon2Version::V13 => 19,
    }
}

fn pbkdf2_name(digest: Digest) -> &'static str {
    match digest {
        Digest::Sha1 => "pbkdf2",
        Digest::Sha256 => "pbkdf2-sha256",
        Digest::Sha512 => "pbkdf2-sha512",
    }
}

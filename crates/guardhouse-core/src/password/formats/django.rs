use super::{FormatError, Parsed, base64, bcrypt, digest, log_n, number, pbkdf2};
use crate::password::{BcryptInput, PasswordHash, Recipe};

/// Django's `PASSWORD_HASHERS`. PBKDF2 and scrypt take the salt's text as it stands.
pub(super) fn parse(name: &str, rest: &str) -> Parsed {
    match name {
        "argon2" => super::parse(&format!("${rest}")),
        "bcrypt" => bcrypt::crypt(rest, BcryptInput::Plain),
        "bcrypt_sha256" => bcrypt::crypt(rest, BcryptInput::Sha256Hex),
        "scrypt" => scrypt(rest),
        _ => iterated(name, rest),
    }
}

fn scrypt(rest: &str) -> Parsed {
    let fields: Vec<&str> = rest.split('$').collect();
    let &[n, salt, r, p, tag] = fields.as_slice() else { return Err(FormatError::Malformed) };
    let recipe = Recipe::Scrypt { log_n: log_n(n)?, r: number(r)?, p: number(p)? };
    Ok(PasswordHash { recipe, salt: salt.into(), tag: base64(tag)? })
}

fn iterated(name: &str, rest: &str) -> Parsed {
    let digest = digest(name.strip_prefix("pbkdf2_").ok_or(FormatError::Unknown)?)?;
    let fields: Vec<&str> = rest.split('$').collect();
    let &[iterations, salt, tag] = fields.as_slice() else { return Err(FormatError::Malformed) };
    pbkdf2(digest, number(iterations)?, salt.into(), base64(tag)?)
}

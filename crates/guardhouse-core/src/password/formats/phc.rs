use super::{FormatError, Parsed, base64, number, pbkdf2};
use crate::password::{Argon2Kind, Argon2Version, Digest, PasswordHash, Recipe};

/// PHC strings, and passlib's PBKDF2, which writes the bare iterations: `$pbkdf2-sha256$29000$…`.
pub(super) fn parse(name: &str, fields: &str) -> Parsed {
    let fields: Vec<&str> = fields.split('$').collect();
    match name {
        "argon2id" => argon2(Argon2Kind::Id, &fields),
        "argon2i" => argon2(Argon2Kind::I, &fields),
        "argon2d" => argon2(Argon2Kind::D, &fields),
        "scrypt" => scrypt(&fields),
        "pbkdf2" | "pbkdf2-sha1" => iterated(Digest::Sha1, &fields),
        "pbkdf2-sha256" => iterated(Digest::Sha256, &fields),
        "pbkdf2-sha512" => iterated(Digest::Sha512, &fields),
        _ => Err(FormatError::Unknown),
    }
}

fn argon2(kind: Argon2Kind, fields: &[&str]) -> Parsed {
    let (version, fields) = match fields {
        ["v=19", rest @ ..] => (Argon2Version::V13, rest),
        // Before version 1.3 the field was not written.
        ["v=16", rest @ ..] | rest => (Argon2Version::V10, rest),
    };
    let &[cost, salt, tag] = fields else { return Err(FormatError::Malformed) };
    let [memory_kib, passes, lanes] = named(cost, ["m", "t", "p"])?;
    let recipe = Recipe::Argon2 { kind, version, memory_kib, passes, lanes };
    Ok(PasswordHash { recipe, salt: base64(salt)?, tag: base64(tag)? })
}

fn scrypt(fields: &[&str]) -> Parsed {
    let &[cost, salt, tag] = fields else { return Err(FormatError::Malformed) };
    let [log_n, r, p] = named(cost, ["ln", "r", "p"])?;
    let log_n = u8::try_from(log_n).map_err(|_| FormatError::TooExpensive)?;
    Ok(PasswordHash { recipe: Recipe::Scrypt { log_n, r, p }, salt: base64(salt)?, tag: base64(tag)? })
}

fn iterated(digest: Digest, fields: &[&str]) -> Parsed {
    let &[cost, salt, tag] = fields else { return Err(FormatError::Malformed) };
    let tag = base64(tag)?;
    let iterations = match cost.split_once(",l=") {
        Some((_, length)) if usize::try_from(number(length)?) != Ok(tag.len()) => {
            return Err(FormatError::Malformed);
        }
        Some((iterations, _)) => iterations,
        None => cost,
    };
    let iterations = number(iterations.strip_prefix("i=").unwrap_or(iterations))?;
    pbkdf2(digest, iterations, base64(salt)?, tag)
}

/// Exactly these parameters, once each, in any order. A key id or associated data is refused.
fn named<const N: usize>(text: &str, names: [&str; N]) -> Result<[u32; N], FormatError> {
    let mut values = [None; N];
    for part in text.split(',') {
        let (name, value) = part.split_once('=').ok_or(FormatError::Malformed)?;
        let place = names.iter().position(|known| *known == name).ok_or(FormatError::Unknown)?;
        if values[place].replace(number(value)?).is_some() {
            return Err(FormatError::Malformed);
        }
    }
    let mut all = [0; N];
    for (slot, value) in all.iter_mut().zip(values) {
        *slot = value.ok_or(FormatError::Malformed)?;
    }
    Ok(all)
}

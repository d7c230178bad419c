use data_encoding::HEXLOWER_PERMISSIVE;

use super::{FormatError, Parsed, digest, log_n, number};
use crate::password::{PasswordHash, Recipe};

/// `sha256:1000$salt$hex`.
pub(super) fn pbkdf2(rest: &str) -> Parsed {
    let (method, salt, tag) = fields(rest)?;
    let (name, iterations) = method.split_once(':').ok_or(FormatError::Malformed)?;
    super::pbkdf2(digest(name)?, number(iterations)?, salt, tag)
}

/// `32768:8:1$salt$hex`.
pub(super) fn scrypt(rest: &str) -> Parsed {
    let (method, salt, tag) = fields(rest)?;
    let cost: Vec<&str> = method.split(':').collect();
    let &[n, r, p] = cost.as_slice() else { return Err(FormatError::Malformed) };
    let recipe = Recipe::Scrypt { log_n: log_n(n)?, r: number(r)?, p: number(p)? };
    Ok(PasswordHash { recipe, salt, tag })
}

/// The method, the salt's text as bytes, and the tag.
fn fields(rest: &str) -> Result<(&str, Vec<u8>, Vec<u8>), FormatError> {
    let parts: Vec<&str> = rest.split('$').collect();
    let &[method, salt, tag] = parts.as_slice() else { return Err(FormatError::Malformed) };
    let tag = HEXLOWER_PERMISSIVE.decode(tag.as_bytes()).map_err(|_| FormatError::Malformed)?;
    Ok((method, salt.into(), tag))
}

use std::str::FromStr;

use super::{FormatError, Parsed, number};
use crate::password::{BcryptInput, PasswordHash, Recipe};

/// `$2b$12$` and 53 characters; `2x` marks the sign-extension bug and is refused.
pub(super) fn plain(text: &str) -> Parsed {
    crypt(text, BcryptInput::Plain)
}

/// The 60 characters with what stands before bcrypt.
pub(super) fn crypt(text: &str, input: BcryptInput) -> Parsed {
    let parts = ::bcrypt::HashParts::from_str(text).map_err(|_| FormatError::Malformed)?;
    if !matches!(text.get(..4), Some("$2a$" | "$2b$" | "$2y$")) {
        return Err(FormatError::Unknown);
    }
    let cost = u8::try_from(parts.get_cost()).map_err(|_| FormatError::Malformed)?;
    let (salt, tag) = text[7..].split_at(22);
    Ok(PasswordHash { recipe: Recipe::Bcrypt { cost, input }, salt: salt.into(), tag: tag.into() })
}

/// passlib: `v=2,t=2b,r=12$salt$tag`. Version 1 leaves the salt out of the first step and has not
/// been written since 2020.
pub(super) fn passlib(fields: &str) -> Parsed {
    let mut fields = fields.split('$');
    let (Some(head), Some(salt), Some(tag), None) = (fields.next(), fields.next(), fields.next(), fields.next()) else {
        return Err(FormatError::Malformed);
    };
    let cost = head.strip_prefix("v=2,t=2b,r=").ok_or(FormatError::Unknown)?;
    let cost = number(cost)?;
    if salt.len() != 22 {
        return Err(FormatError::Malformed);
    }
    crypt(&format!("$2b${cost:02}${salt}{tag}"), BcryptInput::HmacSha256Base64)
}

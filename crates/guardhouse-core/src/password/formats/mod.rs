//! How other systems write a password hash. Each function takes the text apart and checks shapes;
//! the cost is bounded by [`super::PasswordHash::parse`].

mod bcrypt;
mod binary;
mod django;
mod phc;
mod werkzeug;

use data_encoding::BASE64_NOPAD;

use super::{Digest, PasswordHash, Recipe};
pub(super) use binary::keycloak;

/// Why a stored hash can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// No known system writes this.
    #[error("unknown password hash format")]
    Unknown,
    /// A known format with a part missing, too long or out of its alphabet.
    #[error("malformed password hash")]
    Malformed,
    /// Verifying it would cost more time or memory than one login may.
    #[error("password hash costs too much to verify")]
    TooExpensive,
}

type Parsed = Result<PasswordHash, FormatError>;

pub(super) fn parse(text: &str) -> Parsed {
    if let Some(rest) = text.strip_prefix('$') {
        return match rest.split_once('$') {
            Some(("2a" | "2b" | "2y", _)) => bcrypt::plain(text),
            Some(("bcrypt-sha256", fields)) => bcrypt::passlib(fields),
            Some((name, fields)) => phc::parse(name, fields),
            None => Err(FormatError::Unknown),
        };
    }
    match text.split_once(['$', ':']) {
        Some(("pbkdf2", rest)) => werkzeug::pbkdf2(rest),
        Some(("scrypt", rest)) if text.starts_with("scrypt:") => werkzeug::scrypt(rest),
        Some((name, rest)) => django::parse(name, rest),
        None => binary::asp_net(text),
    }
}

/// Standard base64 without padding, as PHC says; also padded, and passlib's `.` for `+`.
fn base64(text: &str) -> Result<Vec<u8>, FormatError> {
    let text = text.trim_end_matches('=').replace('.', "+");
    BASE64_NOPAD.decode(text.as_bytes()).map_err(|_| FormatError::Malformed)
}

/// Decimal digits only; Rust's own parser would take a sign.
fn number(text: &str) -> Result<u32, FormatError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().ok_or(FormatError::Malformed)
}

/// N as it stands in Django and Werkzeug; must be a power of two.
fn log_n(text: &str) -> Result<u8, FormatError> {
    let n = number(text)?;
    let log = n.checked_ilog2().filter(|_| n.is_power_of_two());
    log.and_then(|log| u8::try_from(log).ok()).ok_or(FormatError::Malformed)
}

fn digest(name: &str) -> Result<Digest, FormatError> {
    match name {
        "sha1" => Ok(Digest::Sha1),
        "sha256" => Ok(Digest::Sha256),
        "sha512" => Ok(Digest::Sha512),
        _ => Err(FormatError::Unknown),
    }
}

fn pbkdf2(digest: Digest, iterations: u32, salt: Vec<u8>, tag: Vec<u8>) -> Parsed {
    let length = u8::try_from(tag.len()).map_err(|_| FormatError::Malformed)?;
    let recipe = Recipe::Pbkdf2 { digest, iterations, length };
    Ok(PasswordHash { recipe, salt, tag })
}

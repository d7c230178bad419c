//! Formats that are no text of their own: ASP.NET's blob and Keycloak's JSON.

use data_encoding::BASE64;
use serde::Deserialize;

use super::{FormatError, Parsed, base64, pbkdf2};
use crate::password::{Argon2Kind, Argon2Version, Digest, PasswordHash, Recipe};

/// ASP.NET Identity: version 3 names its function, version 2 is always SHA-1 with 1000 iterations.
pub(super) fn asp_net(text: &str) -> Parsed {
    let blob = BASE64.decode(text.as_bytes()).map_err(|_| FormatError::Unknown)?;
    match blob.split_first() {
        Some((0, rest)) if rest.len() == 48 => {
            let (salt, tag) = rest.split_at(16);
            pbkdf2(Digest::Sha1, 1000, salt.into(), tag.into())
        }
        Some((1, rest)) => asp_net_v3(rest).unwrap_or(Err(FormatError::Malformed)),
        _ => Err(FormatError::Unknown),
    }
}

fn asp_net_v3(rest: &[u8]) -> Option<Parsed> {
    let (function, rest) = word(rest)?;
    let (iterations, rest) = word(rest)?;
    let (salt_length, rest) = word(rest)?;
    let (salt, tag) = rest.split_at_checked(usize::try_from(salt_length).ok()?)?;
    let digest = match function {
        0 => Digest::Sha1,
        1 => Digest::Sha256,
        2 => Digest::Sha512,
        _ => return None,
    };
    Some(pbkdf2(digest, iterations, salt.into(), tag.into()))
}

fn word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (head, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*head), rest))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialData<'a> {
    #[serde(borrow)]
    algorithm: std::borrow::Cow<'a, str>,
    hash_iterations: u32,
    #[serde(default)]
    additional_parameters: Additional,
}

/// Keycloak writes each parameter as a list of one text.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Additional {
    r#type: Vec<String>,
    version: Vec<String>,
    memory: Vec<String>,
    parallelism: Vec<String>,
}

#[derive(Deserialize)]
struct SecretData {
    value: String,
    salt: String,
}

pub(crate) fn keycloak(credential_data: &str, secret_data: &str) -> Parsed {
    let data: CredentialData<'_> = serde_json::from_str(credential_data).map_err(|_| FormatError::Malformed)?;
    let secret: SecretData = serde_json::from_str(secret_data).map_err(|_| FormatError::Malformed)?;
    let (salt, tag) = (base64(&secret.salt)?, base64(&secret.value)?);
    match &*data.algorithm {
        "pbkdf2" => pbkdf2(Digest::Sha1, data.hash_iterations, salt, tag),
        "pbkdf2-sha256" => pbkdf2(Digest::Sha256, data.hash_iterations, salt, tag),
        "pbkdf2-sha512" => pbkdf2(Digest::Sha512, data.hash_iterations, salt, tag),
        "argon2" => {
            let recipe = argon2(&data.additional_parameters, data.hash_iterations)?;
            Ok(PasswordHash { recipe, salt, tag })
        }
        _ => Err(FormatError::Unknown),
    }
}

fn argon2(parameters: &Additional, passes: u32) -> Result<Recipe, FormatError> {
    let kind = match single(&parameters.r#type)? {
        "id" => Argon2Kind::Id,
        "i" => Argon2Kind::I,
        "d" => Argon2Kind::D,
        _ => return Err(FormatError::Unknown),
    };
    let version = match single(&parameters.version)? {
        "1.3" => Argon2Version::V13,
        "1.0" => Argon2Version::V10,
        _ => return Err(FormatError::Unknown),
    };
    let memory_kib = super::number(single(&parameters.memory)?)?;
    let lanes = super::number(single(&parameters.parallelism)?)?;
    Ok(Recipe::Argon2 { kind, version, memory_kib, passes, lanes })
}

fn single(values: &[String]) -> Result<&str, FormatError> {
    match values {
        [value] => Ok(value),
        _ => Err(FormatError::Malformed),
    }
}

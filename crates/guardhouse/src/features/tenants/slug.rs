//! A tenant's name in URLs and login forms.

use std::str::FromStr;

use data_encoding::HEXLOWER;
use guardhouse_core::secret;
use serde_json::Value;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

use crate::kernel::http::input::{Fault, Field};

/// As long as a label of a host name (RFC 1035, section 2.3.4).
const MOST: usize = 63;
const LEAST: usize = 2;
/// Room for what makes a name unlike another's.
const MADE: usize = 50;

/// The text is no slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a slug has {LEAST} to {MOST} of a-z, 0-9 and -, and neither begins nor ends with -")]
pub struct NotASlug;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

impl FromStr for Slug {
    type Err = NotASlug;

    fn from_str(text: &str) -> Result<Self, NotASlug> {
        let letters = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let ends = text.starts_with('-') || text.ends_with('-');
        if letters && !ends && (LEAST..=MOST).contains(&text.len()) { Ok(Self(text.to_owned())) } else { Err(NotASlug) }
    }
}

impl Slug {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One for a tenant that is called so; where that one is taken, with letters that nobody chose.
    pub(super) fn of(name: &str, taken: bool) -> Self {
        let mut text = String::new();
        for c in name.to_lowercase().chars() {
            if c.is_ascii_alphanumeric() {
                text.push(c);
            } else if !text.is_empty() && !text.ends_with('-') {
                text.push('-');
            }
            if text.len() == MADE {
                break;
            }
        }
        let text = text.trim_end_matches('-');
        let text = if text.len() < LEAST { "tenant" } else { text };
        Self(if taken { format!("{text}-{}", HEXLOWER.encode(&secret::random::<3>())) } else { text.to_owned() })
    }
}

impl Field for Slug {
    fn read(value: Value) -> Result<Self, Fault> {
        let text = value.as_str().ok_or_else(|| Fault::new("WRONG_TYPE", "Must be a text."))?;
        text.parse().map_err(|error: NotASlug| Fault::new("INVALID_SLUG", error.to_string()))
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).max_length(Some(MOST)).into()
    }
}

#[cfg(test)]
mod inside {
    use super::*;

    #[test]
    fn a_slug_is_made_of_any_name_m25() {
        for (name, slug) in [
            ("Acme Corp.", "acme-corp"),
            ("  --a b--  ", "a-b"),
            ("株式会社", "tenant"),
            ("X", "tenant"),
            ("Ünïcode GmbH & Co", "n-code-gmbh-co"),
        ] {
            assert_eq!(Slug::of(name, false).as_str(), slug);
            assert!(slug.parse::<Slug>().is_ok());
            let other = Slug::of(name, true);
            assert!(other.as_str().starts_with(slug) && other.as_str().parse::<Slug>().is_ok());
        }
        assert!(Slug::of(&"long name ".repeat(20), true).as_str().parse::<Slug>().is_ok());
    }

    #[test]
    fn only_slugs_are_taken_for_one_m25() {
        for bad in ["", "a", "-a", "a-", "A1", "a b", "a/b", "ä1", &"a".repeat(64), "ten_01"] {
            assert_eq!(bad.parse::<Slug>(), Err(NotASlug), "{bad}");
        }
    }
}

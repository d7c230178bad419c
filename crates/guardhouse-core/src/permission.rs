//! Permissions and names of roles (M-21, M-22): what they are called, and what a wildcard covers.
//!
//! A permission is parts joined by colons, the kind of thing before the act: `documents:read`. A pattern may end in `*`,
//! which stands for all that begins so; nowhere else, so that nobody has to guess what `*:read` or `doc*` would cover.

use std::{collections::BTreeSet, fmt, str::FromStr};

/// The longest permission, in bytes.
pub const MAX_PERMISSION: usize = 128;
/// The longest name of a role, in bytes.
pub const MAX_ROLE: usize = 64;
const MAX_PARTS: usize = 8;
const ALL: &str = "*";

/// The text names no permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a permission is 1 to {MAX_PARTS} parts of a-z, 0-9, _ and - joined by colons, {MAX_PERMISSION} bytes at most; \
     `*` may stand as the last part"
)]
pub struct NotAPermission;

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is 1 to {MAX_ROLE} letters, digits and -_.: without spaces")]
pub struct NotARole;

/// A permission, or a pattern that ends in `*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(String);

impl Permission {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for several.
    pub fn is_pattern(&self) -> bool {
        self.0 == ALL || self.0.ends_with(":*")
    }
}

impl FromStr for Permission {
    type Err = NotAPermission;

    fn from_str(text: &str) -> Result<Self, NotAPermission> {
        let parts: Vec<_> = text.split(':').collect();
        let last = parts.len() - 1;
        let is_part =
            |part: &str| !part.is_empty() && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
        let good = parts.iter().enumerate().all(|(at, part)| is_part(part) || (at == last && *part == ALL));
        if good && text.len() <= MAX_PERMISSION && parts.len() <= MAX_PARTS {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPermission)
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(String);

impl RoleName {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoleName {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        let letter = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        if text.is_empty() || text.len() > MAX_ROLE || !text.chars().all(letter) {
            return Err(NotARole);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a permission, or all that a pattern stands for, is covered by these.
pub fn covers(held: &BTreeSet<String>, wanted: &str) -> bool {
    covered(wanted, |permission| held.contains(permission))
}

/// The same where `holds` says what is held by that very name.
pub fn covered(wanted: &str, holds: impl Fn(&str) -> bool) -> bool {
    holds(wanted)
        || holds(ALL)
        || wanted.rmatch_indices(':').any(|(at, _)| {
            // Only what was parsed gets here, so this is short.
            holds(&[&wanted[..=at], ALL].concat())
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(held: &[&str]) -> BTreeSet<String> {
        held.iter().map(|one| (*one).to_owned()).collect()
    }

    #[test]
    fn wildcards_stand_at_the_end_only_m22() {
        for good in ["documents:read", "documents:*", "*", "a", "a:b:c", "client-ip:assert", "a_1:*"] {
            assert_eq!(good.parse::<Permission>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            ":",
            "a:",
            ":a",
            "*:read",
            "a:*:b",
            "doc*",
            "a:b*",
            "**",
            "A:b",
            "a b",
            "a:\u{e9}",
            "a:b:c:d:e:f:g:h:i",
        ] {
            assert!(bad.parse::<Permission>().is_err(), "{bad}");
        }
        assert!("a".repeat(MAX_PERMISSION).parse::<Permission>().is_ok());
        assert!("a".repeat(MAX_PERMISSION + 1).parse::<Permission>().is_err());
    }

    #[test]
    fn a_pattern_covers_what_begins_so_m22() {
        assert!(covers(&set(&["users:read"]), "users:read") && !covers(&set(&["users:read"]), "users:write"));
        assert!(covers(&set(&["users:*"]), "users:write") && covers(&set(&["*"]), "anything:at:all"));
        assert!(covers(&set(&["a:b:*"]), "a:b:c") && !covers(&set(&["a:b:*"]), "a:c"));
        assert!(!covers(&set(&["*:read", "user:*"]), "users:read"));
        assert!(covers(&set(&["a:*"]), "a:b:*") && !covers(&set(&["a:b:*"]), "a:*") && !covers(&set(&["a:*"]), "*"));
        assert!(!covers(&set(&["a:*"]), "a"));
    }

    proptest! {
        /// What covers a pattern covers all that the pattern covers.
        #[test]
        fn covering_is_transitive(held in "[ab]:([ab]:)?\\*", pattern in "[ab]:([ab]:)?([ab]|\\*)", one in "[ab]:[ab]:[ab]") {
            let pattern_set = set(&[&pattern]);
            if covers(&set(&[&held]), &pattern) && covers(&pattern_set, &one) {
                prop_assert!(covers(&set(&[&held]), &one));
            }
        }
        #[test]
        fn reading_never_panics(text: String) {
            let _ = (text.parse::<Permission>(), text.parse::<RoleName>());
        }
    }
}

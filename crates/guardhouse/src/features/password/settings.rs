//! The settings `password`, as far as they say which passwords may be chosen; the kernel's own say how they are hashed.

use guardhouse_core::{password, time::Span};
use serde::{Deserialize, Serialize};

use crate::kernel::settings::{Problem, Profile, Settings};

/// ASVS 6.2.1.
const LEAST_LENGTH: usize = 8;
/// The strongest that the estimate knows.
const STRONGEST: u8 = 4;

/// A kind of character that a password must contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// An upper-case letter.
    Upper,
    /// A lower-case letter.
    Lower,
    /// A digit.
    Digit,
    /// Neither letter nor digit.
    Symbol,
}

impl Class {
    /// As it stands in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upper => "upper",
            Self::Lower => "lower",
            Self::Digit => "digit",
            Self::Symbol => "symbol",
        }
    }
}

impl From<Class> for password::Class {
    fn from(class: Class) -> Self {
        match class {
            Class::Upper => Self::Upper,
            Class::Lower => Self::Lower,
            Class::Digit => Self::Digit,
            Class::Symbol => Self::Symbol,
        }
    }
}

crate::settings! {
    /// Which passwords may be chosen.
    pub struct PolicySettings in "password" {
        /// Least number of characters.
        pub min_length: usize = 8; Hardened = 15,
        /// Kinds of characters that must occur.
        pub require: Vec<Class> = Vec::new(),
        /// How hard to guess they must be, 0 (not measured) to 4, as zxcvbn estimates it. 3 withstands a hundred million
        /// guesses.
        pub min_strength: u8 = 0; Hardened = 3,
        /// Common passwords to refuse: `built-in`, `off`, or a file with one a line, used beside the built-in list.
        pub blocklist: String = "built-in".to_owned(),
        /// Whether passwords seen in breaches are refused: `off`, `online` (only five characters of a
        /// digest are sent), or a file of SHA-1 digests.
        pub breached_check: String = "off".to_owned(),
        /// The range service asked by `online`.
        pub breached_url: String = "https://api.pwnedpasswords.com/range/".to_owned(),
        /// How long a link to set a new password works.
        pub reset_ttl: Span = Span::minutes(10),
    }
}

/// Combinations that must not run.
pub(super) fn check(settings: &Settings, problems: &mut Vec<Problem>) {
    let password = settings.of::<PolicySettings>();
    let mut wrong = |key: &str, what: String, mend: &str| problems.push(Problem::new(key, what, mend));
    if password.min_strength > STRONGEST {
        wrong(
            "password.min_strength",
            format!("{} is no strength", password.min_strength),
            "write 0 (not measured) to 4",
        );
    }
    if password.reset_ttl > Span::days(1) {
        wrong("password.reset_ttl", format!("{} is more than one day", password.reset_ttl), "write at most 1d");
    }
    if password.reset_ttl <= Span(0) {
        wrong("password.reset_ttl", "must be more than nothing".to_owned(), "write a duration as in `15m`");
    }
    if settings.profile >= Profile::Production && password.min_length < LEAST_LENGTH {
        let what = format!("passwords of {} characters can be guessed", password.min_length);
        wrong("password.min_length", what, &format!("write at least {LEAST_LENGTH}"));
    }
    if settings.profile == Profile::Hardened && password.blocklist == "off" {
        wrong("password.blocklist", "hardened refuses common passwords".to_owned(), "remove the key");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{assembly, kernel::settings::Source};

    #[test]
    fn what_is_too_weak_for_the_profile_is_named_m14() {
        for (profile, line, key) in [
            (Profile::Production, "min_length = 6", "password.min_length"),
            (Profile::Development, "min_strength = 5", "password.min_strength"),
            (Profile::Development, "reset_ttl = \"2d\"", "password.reset_ttl"),
            (Profile::Development, "reset_ttl = \"0s\"", "password.reset_ttl"),
            (Profile::Hardened, "blocklist = \"off\"", "password.blocklist"),
        ] {
            let toml = Some(("guardhouse.toml".to_owned(), format!("[password]\n{line}\n")));
            let source = Source { profile: Some(profile), toml, ..Source::default() };
            let text = Settings::load(&source, &assembly::sections()).unwrap().check().unwrap_err().to_string();
            assert!(text.contains(&format!("guardhouse.toml:2:1: {key}: ")), "{line}: {text}");
        }
    }

    #[test]
    fn hardened_asks_for_more_m14() {
        let hardened = Source { profile: Some(Profile::Hardened), ..Source::default() };
        let settings = Settings::load(&hardened, &assembly::sections()).unwrap();
        let password = settings.of::<PolicySettings>();
        assert_eq!((password.min_length, password.min_strength), (15, 3));
    }
}

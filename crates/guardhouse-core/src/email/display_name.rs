use std::fmt;

use icu_normalizer::ComposingNormalizer;

use super::characters::{is_disruptive, is_visible};

/// How a person or an organization wants to be called: 1 to 200 characters in NFC, trimmed,
/// without control characters and without those that turn the direction of text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DisplayName(String);

/// Why a text is no [`DisplayName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisplayNameError {
    /// Nothing that can be seen.
    #[error("the name is empty")]
    Empty,
    /// More than `max` characters.
    #[error("the name has more than {max} characters")]
    TooLong {
        /// Greatest number of characters.
        max: usize,
    },
    /// A control character, a line break, or one that turns the direction of text.
    #[error("the name has a character that can't be used")]
    Character,
}

impl DisplayName {
    /// The longest name, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 200;

    /// Trims, normalises to NFC and checks.
    pub fn parse(text: &str) -> Result<Self, DisplayNameError> {
        let too_long = DisplayNameError::TooLong { max: Self::MAX_CHARS };
        // Four bytes a character, and room for marks that NFC joins; normalising more is waste.
        if text.len() > Self::MAX_CHARS * 16 {
            return Err(too_long);
        }
        let name = ComposingNormalizer::new_nfc().normalize(text.trim());
        if name.chars().any(is_disruptive) {
            return Err(DisplayNameError::Character);
        }
        if !name.chars().any(is_visible) {
            return Err(DisplayNameError::Empty);
        }
        if name.chars().count() > Self::MAX_CHARS {
            return Err(too_long);
        }
        Ok(Self(name.into_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

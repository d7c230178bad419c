use zeroize::Zeroizing;

/// What a person typed: 1 to 256 bytes of UTF-8 without NUL, kept byte-exact and wiped when
/// dropped. It has no `Debug` and no `Display`, so it can't reach a log.
pub struct Password(Zeroizing<Box<str>>);

/// Why something typed is no [`Password`]. Found before any hashing, so that it costs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Nothing was typed.
    #[error("the password is empty")]
    Empty,
    /// More than `max` bytes (A18: a 64 KB password is refused before it is hashed).
    #[error("the password is longer than {max} bytes")]
    TooLong {
        /// The longest password taken, in bytes.
        max: usize,
    },
    /// A NUL byte, where bcrypt's makers stop reading: what follows would not count (A18).
    #[error("the password contains a NUL character")]
    ContainsNul,
}

impl Password {
    /// The longest password taken, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 256;

    /// Takes what was typed as it stands: no trimming, no normalisation.
    pub fn parse(typed: &str) -> Result<Self, PasswordError> {
        if typed.is_empty() {
            return Err(PasswordError::Empty);
        }
        if typed.len() > Self::MAX_BYTES {
            return Err(PasswordError::TooLong { max: Self::MAX_BYTES });
        }
        if typed.contains('\0') {
            return Err(PasswordError::ContainsNul);
        }
        Ok(Self(Zeroizing::new(typed.into())))
    }

    /// The bytes that are hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

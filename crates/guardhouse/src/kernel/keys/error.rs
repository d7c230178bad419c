use guardhouse_core::jose::KeyError;
use guardhouse_store::StoreError;

use crate::kernel::errors::Error;

/// Why the signing keys can't be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key can't be made or read.
    #[error("signing key: {0}")]
    Key(#[from] KeyError),
    /// `tokens.secret` is missing or too short.
    #[error(
        "`tokens.secret` must have at least 32 bytes for `tokens.algorithm = \"HS256\"` (RFC 7518, section 3.2); \
         `openssl rand -base64 48` makes one"
    )]
    Secret,
    /// The master key that sealed it is gone.
    #[error(
        "the signing key `{kid}` does not open: it was sealed under a master key that `master_key` no longer names, \
         or its row was altered. Put the earlier key back as the second entry of `master_key`; if it is lost for \
         good, delete this row from the table `signing_keys`, which ends all access tokens, and start again"
    )]
    DoesNotOpen {
        /// The key's name.
        kid: String,
    },
}

impl From<KeysError> for Error {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Store(store) => store.into(),
            other => Self::internal(other),
        }
    }
}

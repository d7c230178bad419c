//! What can go wrong with a database, in the few kinds that callers tell apart.

use std::{fmt, sync::Arc};

/// What a driver said, without the values it said it about.
///
/// PostgreSQL quotes rows and parameters in its messages and details; those never get here, since
/// an error is logged and values are mail addresses and hashes.
#[derive(Clone)]
pub struct Cause(Arc<str>);

impl Cause {
    pub(crate) fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string().into())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Cause {}

/// Why the database did not do it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Not reachable, locked by somebody else for too long, or out of connections. Trying again
    /// later may help.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] Cause),
    /// The disk, or the limit set for the file, is full. Nothing of the unit was kept.
    #[error("the database is full")]
    Full,
    /// A unique or foreign key stands against it.
    #[error("conflict with {constraint}")]
    Conflict {
        /// `table.column` (several are parted by `, `) of a unique key, the same on both
        /// databases; `foreign key` for a missing or still needed row.
        constraint: String,
    },
    /// What is stored is not what the program expects.
    #[error("unexpected content in the database: {0}")]
    Corrupt(String),
    /// The database and this program do not fit together, or a setting is unusable. The text says
    /// what to do.
    #[error("{0}")]
    Refused(String),
    /// A statement that is wrong, or a fault of the database.
    #[error("the database failed: {0}")]
    Internal(#[source] Cause),
}

impl StoreError {
    pub(crate) fn unavailable(text: impl fmt::Display) -> Self {
        Self::Unavailable(Cause::new(text))
    }

    pub(crate) fn internal(text: impl fmt::Display) -> Self {
        Self::Internal(Cause::new(text))
    }

    /// Whether it is a conflict with this constraint, `accounts.email_key`.
    pub fn is_conflict_with(&self, wanted: &str) -> bool {
        matches!(self, Self::Conflict { constraint } if constraint == wanted)
    }
}

//! Keys that sign access tokens (RFC 7517, RFC 9068), their rotation with overlap, and the published set.
//!
//! A key's private half is stored sealed under the master key and bound to its name, which is the
//! thumbprint of its public half: whoever only writes to the database can neither sign nor slip in a
//! key of their own. Each node holds all keys in memory and reads them again when the change log says
//! so, or when a token names one it has not met (at most once a second).
//!
//! HS256 is different: its secret comes from the settings, is never stored and never published.

mod error;
mod jobs;
mod master;
mod rules;
mod sealed;
mod set;
pub mod store;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

pub use error::KeysError;
pub use jobs::jobs;
pub use master::{ByMasterKey, MasterKeyState, MasterKeyUse, by_master_key, master_keys};
pub use rules::{KeyPage, KeyRow, import, list, page, reload, reload_for_unknown, retire, rotate};
pub use sealed::Sealed;
#[cfg(test)]
pub(crate) use sealed::reseal;
pub use set::SigningKeys;
pub use store::{KeyState, MIGRATIONS};

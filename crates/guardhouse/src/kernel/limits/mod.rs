//! How often something may be tried.
//!
//! Two kinds: [`attempts`] are failures per account, kept in the database, reserved before the hash and given back on
//! success; [`network`] limits are counted per network address in memory or over nodes.

pub mod attempts;
pub mod network;

//! Roles and permissions (M-21, M-22): what is declared, what roles gather, and the index in memory that decides
//! (rulings 14).
//!
//! A role belongs to everywhere or to one tenant, gathers permissions and may include others of its scope. Who holds which
//! role is kept with [`accounts`](super::accounts).

pub mod builtin;
mod catalogue;
mod set;
pub mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod verbs;

pub use builtin::{ADMIN, OWNER};
pub use catalogue::{Catalogue, Role};
pub(in crate::kernel) use set::of_scope;
pub use set::{Roles, reload};
pub use verbs::{
    Declared, MAX_PERMISSIONS, MAX_ROLES, add, change, count_permissions, count_roles, declare, declared_acts, hold,
    hold_scope, is_declared, permissions, remove, remove_all_of, withdraw,
};

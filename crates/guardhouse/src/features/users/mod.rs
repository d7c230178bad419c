//! Managing people's accounts (M-17): create, list, change, disable, unlock, delete; by API, console and command line.
//!
//! Every verb takes a [`By`]: who asks, for the audit log, and what they hold, since nobody gives or touches more than
//! that (`T3`). Permissions: `users:read`, `users:write`, `sessions:read`, `sessions:write`, `users:impersonate`.

mod access;
mod filter;
mod import;
mod letters;
mod routes;
mod rules;
mod sessions;
mod settings;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
mod update;

pub use access::By;
pub use import::{ImportAnswer, RowError, Rows, import};
pub use rules::{NewUser, create, create_if, delete, disable, enable, reset, unlock, within_reach};
pub use sessions::{end, end_all};
pub use settings::UserSettings;
pub use update::{Changes, update};

use crate::kernel::{feature::Feature, settings::SectionSpec};

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    settings: || vec![SectionSpec::of::<UserSettings>().with_check(settings::check)],
    letters: letters::ALL,
    ..Feature::named("users", "Manage accounts: create, invite, list, change, disable, unlock, delete, import.")
};

//! Service accounts (M-25): machines that act by their keys, in one tenant or in none.
//!
//! No person signs in to one: it has no password and no address, so nothing can be mailed, reset or guessed. One that
//! belongs to a tenant acts in that tenant alone. Nobody gives one what they do not hold ([`By`](crate::kernel::principal::By)).

mod routes;
mod rules;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;
mod view;

pub use rules::{delete_all_of, existing};

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    migrations: &[store::MIGRATION],
    statements: &[store::ALL],
    ..Feature::named("service_accounts", "Accounts of machines, of a tenant or of none, without a password.")
};

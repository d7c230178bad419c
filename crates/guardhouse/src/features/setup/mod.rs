//! The first administrator: made on the page `/admin/setup` with a one-time code that `guardhouse serve` prints where
//! the database is empty (ASVS 6.3.2: nobody is an administrator by default, M-17).
//!
//! The code has 256 bits of which the database keeps the SHA-256 (rulings 40), lives a day, and stands on the terminal
//! alone: never in a URL or a log. There is one at a time; it is taken by one conditional statement in the commit that
//! makes the account, and worth nothing once there is any user.

mod routes;
mod rules;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

pub use routes::PATH;
pub use rules::{LIFE, issue};

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    migrations: store::MIGRATIONS,
    statements: &[store::ALL],
    pages: routes::PAGES,
    ..Feature::named("setup", "Makes the first administrator with the code that an empty server prints.")
};

//! The administrators' overview: how many people, sessions and logins there are, what waits, and what is set.

mod routes;
mod rules;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    ..Feature::named("statistics", "Figures for administrators, and all settings with secrets masked.")
};

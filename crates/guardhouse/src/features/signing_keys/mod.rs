//! Administration of the keys that sign access tokens (M-38; RFC 7517). The keys themselves are
//! [`kernel::keys`](crate::kernel::keys).

mod routes;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    ..Feature::named("signing_keys", "List, rotate and retire the keys that sign access tokens.")
};

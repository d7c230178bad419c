//! For those who run it: alive, ready, metrics (M-63), the API description and its page.

mod docs;
mod routes;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature =
    Feature { routes: routes::routes, ..Feature::named("operations", "Probes, metrics and the API description.") };

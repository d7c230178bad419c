//! For those who run it: alive, ready, metrics, the API description.

mod routes;

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature =
    Feature { routes: routes::routes, ..Feature::named("operations", "Probes, metrics and the API description.") };

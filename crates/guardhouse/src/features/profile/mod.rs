//! One's own account (M-18): read it, change it, see and end one's devices, export and delete one's data.

mod routes;
mod rules;

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    ..Feature::named("profile", "One's own account: read, change, devices, export, delete.")
};

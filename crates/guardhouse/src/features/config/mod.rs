//! What this server offers, for whoever draws a login form: methods, password policy, registration. Each feature
//! adds its part.

mod routes;
#[cfg(test)]
mod tests;

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature =
    Feature { routes: routes::routes, ..Feature::named("config", "What this server offers, for login forms.") };

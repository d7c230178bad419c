//! Time-based one-time passwords of an authenticator application (RFC 6238; M-09, `A8`).
//!
//! Six digits by HMAC-SHA-1 every thirty seconds, since that is what applications agree on; one step before and after
//! counts as well, for clocks that differ (RFC 6238 section 5.2). The step that was used is kept, and neither it nor one
//! before is taken again: one conditional update decides, on whichever node the code arrives.

mod enrol;
mod routes;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

use crate::kernel::{factors::SecondFactor, feature::Feature};

const METHOD: &str = "totp";

const TOTP: SecondFactor = SecondFactor {
    method: METHOD,
    challenge: None,
    verify: |ctx, account, shown| Box::pin(enrol::verify(ctx, account, shown)),
    stands_in: None,
};

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    migrations: store::MIGRATIONS,
    statements: &[store::ALL],
    second_factors: &[TOTP],
    sealed: &[enrol::SEALED],
    sweeps: &[enrol::SWEEP],
    ..Feature::named("totp", "Codes of an authenticator application as a second factor.")
};

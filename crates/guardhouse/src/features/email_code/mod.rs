//! A code by mail as a second factor (M-09; ASVS 6.6.2, 6.6.3): the weakest of them, which `mfa.methods` leaves out where
//! a mailbox must not count (ASVS 6.3.6, as in `hardened`).
//!
//! A code has six digits and ten minutes at most, is bound to the login that asked for it, and counts with all its answers
//! against that login and the account. It goes to the account's address and no other.

mod enrol;
mod letters;
mod routes;
mod rules;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

use crate::kernel::{codes::Purpose, factors::SecondFactor, feature::Feature, limits::network::Policy};

const METHOD: &str = "email_code";

/// To show once that codes arrive.
const ENROL: Purpose = Purpose { name: "enrol_email_code", page: "verify", takes_over: false };

/// Letters with a code for one account's logins.
const EMAIL_CODE: Policy =
    Policy { name: "email_code", setting: "limits.email_code", of: |settings| &settings.limits.email_code };

const FACTOR: SecondFactor = SecondFactor {
    method: METHOD,
    challenge: Some(|ctx, account, client| Box::pin(rules::challenge(ctx, account, client))),
    verify: |ctx, account, shown| Box::pin(rules::verify(ctx, account, shown)),
    stands_in: None,
};

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    second_factors: &[FACTOR],
    letters: letters::ALL,
    purposes: &[ENROL],
    limits: &[EMAIL_CODE],
    ..Feature::named("email_code", "A code by mail as a second factor.")
};

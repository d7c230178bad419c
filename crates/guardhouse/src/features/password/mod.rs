//! Passwords: register, sign in, prove it again, change, forget and reset (M-11 to M-14, M-16).
//!
//! NIST SP 800-63B-4 for what may be chosen, RFC 9106 for how it is kept. Other features ask for a recent proof through
//! [`recent_proof`] and set passwords through [`set`].

mod attempt;
mod letters;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod list_tests;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod page_tests;
mod pages;
mod policy;
mod register;
mod reset;
mod routes;
mod rules;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

pub use attempt::{Attempt, Right, check, of_address, recent_proof, sample, stored_hash, unlock, wrong};
pub use letters::address_taken;
pub use policy::{refuse_weak, weak};
pub use register::{VERIFY_LIFE, confirm, send_verification, verification};
pub use reset::start_reset;
pub use rules::{Chosen, choose, has, set};

use crate::kernel::{feature::Feature, login::RegistrationSettings, settings::SectionSpec};

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: || [routes::routes(), pages::routes()].into_iter().flatten().collect(),
    migrations: store::MIGRATIONS,
    statements: &[store::ALL],
    settings: || vec![SectionSpec::of::<RegistrationSettings>()],
    jobs: || [reset::jobs(), register::jobs()].into_iter().flatten().collect(),
    personal_data: || vec![store::PERSONAL_DATA],
    letters: letters::ALL,
    pages: pages::ALL,
    ..Feature::named("password", "Sign in with e-mail address and password; register, change and reset it.")
};

//! Passwords: register, sign in, prove it again, change, forget and reset (M-11 to M-14, M-16).
//!
//! NIST SP 800-63B-4 for what may be chosen, RFC 9106 for how it is kept. Other features ask for a recent proof through
//! [`recent_proof`] and set passwords through [`set`].

mod attempt;
mod letters;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod list_tests;
mod lists;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod page_tests;
mod pages;
mod policy;
mod proof;
mod register;
mod reset;
mod routes;
mod rules;
mod settings;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

pub use attempt::{Attempt, Right, check, of_address, recent_proof, sample, stored_hash, unlock, wrong};
pub use letters::address_taken;
pub use policy::hint;
pub use proof::{PROOF_REFUSALS, ProofInput};
pub use register::{VERIFY_LIFE, confirm, send_verification, verification};
pub use reset::start_reset;
pub use rules::{Chosen, choose, has, set, step_up};
pub use settings::{Class, PolicySettings};

use crate::kernel::{codes::Purpose, feature::Feature, settings::SectionSpec};

/// To say that an account's address is one's own.
pub const VERIFY_EMAIL: Purpose = Purpose { name: "verify_email", page: "verify", takes_over: false };
/// To take up a registration that waits for its address to be verified.
pub const REGISTER: Purpose = Purpose { name: "register", page: "verify", takes_over: false };
/// To set a new password.
pub const RESET_PASSWORD: Purpose = Purpose { name: "reset_password", page: "reset", takes_over: true };

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: || [routes::routes(), pages::routes()].into_iter().flatten().collect(),
    migrations: store::MIGRATIONS,
    statements: &[store::ALL],
    settings: || vec![SectionSpec::of::<PolicySettings>().with_check(settings::check)],
    opens: lists::open,
    jobs: || [reset::jobs(), register::jobs()].into_iter().flatten().collect(),
    forsakes: Some(|_, account, act| {
        let gone = act.and(|unit| unit.step(&store::FORSAKE, guardhouse_store::params![account.id]));
        Box::pin(async { Ok(gone) })
    }),
    personal_data: || vec![store::PERSONAL_DATA],
    letters: letters::ALL,
    purposes: &[VERIFY_EMAIL, REGISTER, RESET_PASSWORD],
    limits: &[register::REGISTERED, reset::PASSWORD_FORGOT, reset::PASSWORD_FORGOT_NETWORK],
    pages: pages::ALL,
    offers: policy::offer,
    ..Feature::named("password", "Sign in with e-mail address and password; register, change and reset it.")
};

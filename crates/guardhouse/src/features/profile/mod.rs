//! One's own account (M-18): read it, change it, see and end one's devices, export and delete one's data.
//!
//! Acts that take an account over or end it need a recent proof (ASVS 7.5.1). GDPR: articles 15 and 20 for the export,
//! 17 for the deletion.

mod email;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod email_tests;
mod export;
mod letters;
mod routes;
mod rules;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

pub use email::confirm as confirm_email;
pub use letters::EMAIL_CHANGED_OLD;

use crate::kernel::{codes::Purpose, feature::Feature};

/// To change an account's address to this one.
pub const CHANGE_EMAIL: Purpose = Purpose { name: "change_email", page: "verify", takes_over: true };

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    jobs: email::jobs,
    letters: letters::ALL,
    purposes: &[CHANGE_EMAIL],
    limits: &[email::EMAIL_CHANGE],
    ..Feature::named("profile", "One's own account: read, change, devices, export, delete.")
};

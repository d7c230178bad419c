//! Verifying that an e-mail address is one's own, by link or by code (M-15).
//!
//! What a letter asked for is done here: an address is verified, a registration that waits is taken up, an address is
//! changed. A link works once, for the address it was sent to (`A12`, `A22`); the page behind it changes nothing until
//! its button is pressed, since programs that look through mail open every link.

mod pages;
mod resend;
mod routes;
mod rules;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: || [routes::routes(), pages::routes()].into_iter().flatten().collect(),
    jobs: resend::jobs,
    limits: &[resend::RESEND_NETWORK],
    pages: pages::ALL,
    ..Feature::named("email_verification", "Verify e-mail addresses by link or code; can be required before login.")
};

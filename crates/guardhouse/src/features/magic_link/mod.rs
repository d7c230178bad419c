//! Signing in by a link that is mailed (M-09, `A13`, `A17`, `A22`).
//!
//! Whoever reads the mailbox of an account can set its password too, so a link proves what a reset would and no more: it
//! is one factor, and who enrolled a second is asked for it. A link works once, for minutes, and opens a page with a
//! button, since mail programs follow links on their own.

mod letters;
mod pages;
mod routes;
mod rules;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

use guardhouse_core::time::Span;

use crate::kernel::{
    codes::Purpose,
    feature::Feature,
    limits::network::Policy,
    settings::{SectionSpec, Settings},
};

/// To sign in once.
const SIGN_IN: Purpose = Purpose { name: "magic_link", page: "magic-link", takes_over: true };

/// Links to one address.
const MAGIC_LINK: Policy =
    Policy { name: "magic_link", setting: "limits.password_forgot", of: |settings| &settings.limits.password_forgot };

/// The same asked for by one network.
const MAGIC_LINK_NETWORK: Policy = Policy {
    name: "magic_link_network",
    setting: "limits.password_forgot_network",
    of: |settings| &settings.limits.password_forgot_network,
};

crate::settings! {
    /// Signing in by a mailed link.
    pub struct MagicLinkSettings in "magic_link" {
        /// Whether links are mailed. Hardened has none: a mailbox is no factor there (ASVS 6.3.6).
        pub enabled: bool = true; Hardened = false,
        /// How long a link works.
        pub ttl: Span = Span::minutes(10),
        /// A page of your own application that the link leads on to: it takes `?token=` and sends it to
        /// `POST /api/auth/magic-link/verify`. Without one a page of this server signs in with the session cookie.
        pub url: Option<String> = None,
    }
}

fn offer(settings: &Settings, offers: &mut crate::kernel::offers::Offers) {
    if settings.of::<MagicLinkSettings>().enabled {
        offers.methods.push("magic_link");
    }
}

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: || [routes::routes(), pages::routes()].into_iter().flatten().collect(),
    settings: || vec![SectionSpec::of::<MagicLinkSettings>().with_check(rules::check)],
    jobs: || vec![rules::JOB],
    letters: letters::ALL,
    purposes: &[SIGN_IN],
    limits: &[MAGIC_LINK, MAGIC_LINK_NETWORK],
    pages: pages::ALL,
    offers: offer,
    ..Feature::named("magic_link", "Sign in by a link that is mailed.")
};

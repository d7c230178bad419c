//! `/dev/mailbox`: what would have been mailed, for the developer's own machine. Answers in development
//! alone, to loopback without a proxy (ruling 1).

mod page;
mod routes;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    ..Feature::named("mailbox", "Shows letters in development instead of mailing them.")
};

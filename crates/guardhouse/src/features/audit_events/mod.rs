//! Reading the audit log: filtered lists, an export as NDJSON, and the check that nobody changed it
//! (M-34, ASVS 16.4.2). The log itself is [`kernel::audit`](crate::kernel::audit).

mod filter;
mod routes;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature =
    Feature { routes: routes::routes, ..Feature::named("audit_events", "List, export and verify the audit log.") };

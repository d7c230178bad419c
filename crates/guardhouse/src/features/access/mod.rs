//! May they? The OpenID AuthZEN Authorization API 1.0 over roles and resource policies, for other services over HTTP and for
//! those that embed the engine by [`can`].
//!
//! Callers hold the permission `access:evaluate`.

mod answers;
mod batch;
mod candidates;
mod deciding;
mod described;
mod reasons;
mod requests;
mod roles;
mod routes;
mod search;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

pub use answers::DecisionAnswer;
pub use deciding::{Decision, Resource, can, decide, evaluate};
pub use reasons::{Kind, Reason};

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    ..Feature::named("access", "Decide for other services who may do what (OpenID AuthZEN).")
};

//! Roles, permissions and who holds them where (M-21, M-22; NIST RBAC: core, hierarchical, with scopes).
//!
//! A permission is declared once, roles gather permissions and include roles, a binding gives somebody a role everywhere,
//! in a tenant or on one resource. Nobody gives what they do not hold (`T3`). Permissions: `permissions:*`, `roles:*`,
//! `role-bindings:*`; those of a tenant's roles reach into that tenant alone.

mod bindings;
mod edit;
mod permissions;
mod routes;
mod rules;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

pub use bindings::{NewBinding, ShownBinding, bind, list as list_bindings, unbind};
pub use edit::{NewRole, RoleChanges, ShownRole, create, delete, update};
pub use permissions::{declare, list as list_permissions, withdraw};
pub use rules::{find, list};

use crate::kernel::feature::Feature;

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    ..Feature::named("roles", "Declare permissions, gather them in roles, and say who holds which role where.")
};

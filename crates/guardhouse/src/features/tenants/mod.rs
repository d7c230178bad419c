//! Tenants (M-25): organisations whose members, roles and service accounts are kept apart (`T1`, `T2`).
//!
//! Whoever holds a role in a tenant is a member of it. People come in by an invitation that they take up themselves, so that
//! no tenant learns of somebody who did not agree to that. What belongs to a tenant is asked for with a
//! [`TenantScope`](crate::kernel::principal::TenantScope), and nobody gives what they do not hold ([`By`](crate::kernel::principal::By)).

mod domains;
mod export;
mod invitations;
mod members;
mod mine;
mod pages;
mod routes;
mod rules;
mod settings;
mod slug;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
mod view;

pub use invitations::{InvitationView, NewInvitation, invite};
pub use members::{MemberView, Members, list as members};
pub use rules::{Changes, NewTenant, create, delete, set_disabled, update};
pub use settings::TenantSettings;
pub use slug::Slug;
pub use view::{PolicyView, TenantView};

use crate::kernel::{feature::Feature, settings::SectionSpec};

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: || [routes::routes(), pages::routes()].into_iter().flatten().collect(),
    migrations: store::MIGRATIONS,
    statements: &[store::ALL],
    settings: || vec![SectionSpec::of::<TenantSettings>().with_check(settings::check)],
    sweeps: &[invitations::SWEEP],
    personal_data: || vec![export::MEMBERSHIPS, export::INVITATIONS],
    letters: invitations::LETTERS,
    pages: pages::ALL,
    ..Feature::named("tenants", "Organisations with members of their own, invitations, policies and verified domains.")
};

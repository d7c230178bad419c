//! What roles allow.

use guardhouse_core::ids::TenantId;

use crate::{
    features::policies::{Known, Party, known},
    kernel::{accounts, ctx::Ctx, errors::Result},
};

/// The permission that an action on a type of resource asks for: `record:read`.
pub(super) fn permission(action: &str, kind: &str) -> String {
    format!("{kind}:{action}")
}

/// The role by which a subject may do this to the resource: one of an enabled account's that gathers the permission
/// `{resource.type}:{action}`. Bindings in `tenant` and on the resource itself come with the feature that keeps them.
///
/// # Errors
/// Where the database is away.
pub(super) async fn by_roles(
    ctx: &Ctx,
    subject: &Party,
    action: &str,
    resource: &Party,
    tenant: Option<TenantId>,
) -> Result<Option<String>> {
    // Everything that is held today is held in every tenant and on every resource.
    let _ = tenant;
    let Known::Account(account) = known(ctx, subject).await? else { return Ok(None) };
    let wanted = permission(action, &resource.kind);
    if account.disabled_at.is_some() || !account.authority.allows(&wanted) {
        return Ok(None);
    }
    let gathers = |role: &&String| accounts::authority(vec![(*role).clone()]).allows(&wanted);
    Ok(account.authority.roles.iter().find(gathers).or(account.authority.roles.first()).cloned())
}

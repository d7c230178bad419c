//! What roles allow.

use guardhouse_core::{
    ids::TenantId,
    scope::{Resource, Scope},
};

use crate::{
    features::policies::{Known, Party},
    kernel::{
        accounts::{self, Account},
        ctx::Ctx,
        errors::Result,
        tenants,
    },
};

/// The permission that an action on a type of resource asks for: `record:read`.
pub(super) fn permission(action: &str, kind: &str) -> String {
    format!("{kind}:{action}")
}

/// The role by which a subject may do this to the resource: one of an enabled account's that gathers the permission
/// `{resource.type}:{action}`, held everywhere, in `tenant`, or on this very resource.
///
/// # Errors
/// Where the database is away.
pub(super) async fn by_roles(
    ctx: &Ctx,
    subject: &Known,
    action: &str,
    resource: &Party,
    tenant: Option<TenantId>,
) -> Result<Option<String>> {
    let Known::Account(account) = subject else { return Ok(None) };
    if account.disabled_at.is_some() {
        return Ok(None);
    }
    let wanted = permission(action, &resource.kind);
    if account.authority.allows(&wanted) {
        return Ok(Some(named(ctx, &account.authority.roles, None, &wanted).await?));
    }
    if let Some(tenant) = tenant
        && let Some(held) = accounts::in_tenant(ctx, account, tenant).await?
        && held.allows(&wanted)
    {
        return Ok(Some(named(ctx, &held.roles, Some(tenant), &wanted).await?));
    }
    on_resource(ctx, account, &wanted, resource, tenant).await
}

/// A resource of a tenant is looked for in the tenant first, and then as one of none.
async fn on_resource(
    ctx: &Ctx,
    account: &Account,
    wanted: &str,
    resource: &Party,
    tenant: Option<TenantId>,
) -> Result<Option<String>> {
    // What no binding can name, none is on.
    let (Ok(kind), Ok(id)) = (resource.kind.parse(), resource.id.parse()) else { return Ok(None) };
    let resource = Resource { kind, id };
    let places = [tenant.map(Some), Some(None)];
    for tenant in places.into_iter().flatten() {
        let held = accounts::on_resource(ctx, account, &Scope::Resource(tenant, resource.clone())).await?;
        if let Some(held) = held.filter(|held| held.allows(wanted)) {
            return Ok(Some(named(ctx, &held.roles, tenant, wanted).await?));
        }
    }
    Ok(None)
}

/// The first of the roles that gathers the permission, to be told as the reason.
async fn named(ctx: &Ctx, roles: &[String], tenant: Option<TenantId>, wanted: &str) -> Result<String> {
    let everywhere = ctx.roles.everywhere();
    let known = match tenant {
        Some(tenant) => tenants::cached(ctx, tenant).await?,
        None => None,
    };
    let gathers = |role: &&String| {
        known.as_ref().is_some_and(|known| known.roles.gathers(role, wanted)) || everywhere.gathers(role, wanted)
    };
    Ok(roles.iter().find(gathers).or(roles.first()).cloned().unwrap_or_default())
}

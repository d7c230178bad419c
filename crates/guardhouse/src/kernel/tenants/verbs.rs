//! The verbs that change a tenant. What they add to an [`Act`] tells every node.

use guardhouse_core::{ids::TenantId, time::Timestamp};
use guardhouse_store::{Unit, params};

use super::{Tenant, store};
use crate::kernel::{
    changes::Act,
    ctx::Ctx,
    errors::{Error, Result},
    roles,
};

fn policy(tenant: &Tenant) -> Result<String> {
    serde_json::to_string(&tenant.policy).map_err(Error::internal)
}

/// Adds a tenant; a required step, refused where the slug is taken.
pub fn add(ctx: &Ctx, act: Act, tenant: &Tenant) -> Result<Act> {
    let row = params![tenant.id, tenant.name.as_str(), tenant.slug.as_str(), policy(tenant)?, ctx.now()];
    Ok(act.and(|unit| unit.require(&store::INSERT, row)))
}

/// Adds what a tenant is from now on; a required step, refused where somebody else changed it since it was read.
pub fn change(ctx: &Ctx, act: Act, tenant: &Tenant) -> Result<Act> {
    let (name, slug) = (tenant.name.as_str(), tenant.slug.as_str());
    let row = params![tenant.id, name, slug, policy(tenant)?, ctx.now(), tenant.updated_at];
    Ok(act.and(|unit| unit.require(&store::UPDATE, row)).changes_tenant(ctx, tenant.id))
}

/// Adds whether anybody may act in the tenant; a required step.
pub fn set_disabled(ctx: &Ctx, act: Act, id: TenantId, since: Option<Timestamp>) -> Act {
    act.and(|unit| unit.require(&store::SET_DISABLED, params![id, since, ctx.now()])).changes_tenant(ctx, id)
}

/// Adds the end of a tenant with its roles; a required step. Bindings in it go with
/// [`accounts::drop_all_in`](crate::kernel::accounts::drop_all_in).
pub fn remove(ctx: &Ctx, act: Act, id: TenantId) -> Act {
    roles::remove_all_of(ctx, act.and(|unit| unit.require(&store::DELETE, params![id])), id).changes_tenant(ctx, id)
}

/// Adds, as a required step, that the tenant is there and stays until the unit is done.
pub fn hold(unit: Unit, id: TenantId) -> Unit {
    unit.require(&store::HOLD, params![id])
}

/// The tenant with this slug.
pub async fn by_slug(ctx: &Ctx, slug: &str) -> Result<Option<Tenant>> {
    ctx.db.first(&store::FIND_BY_SLUG, params![slug]).await?.as_ref().map(Tenant::read).transpose()
}

/// Tenants, the newest first, whose name or slug contains `words`; all where there are none.
pub async fn list(ctx: &Ctx, words: &str, before: Option<TenantId>, limit: u32) -> Result<Vec<Tenant>> {
    let before = before.unwrap_or(TenantId::from_bytes([0xff; 16]));
    let pattern = crate::kernel::accounts::pattern(&words.to_lowercase());
    ctx.db.scan(&store::LIST, params![before, pattern, limit]).await?.iter().map(Tenant::read).collect()
}

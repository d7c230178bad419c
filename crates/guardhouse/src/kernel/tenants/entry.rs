//! Coming to act in a tenant: membership and what the tenant asks of its members, in one place.

use std::sync::Arc;

use guardhouse_core::{
    ids::TenantId,
    principal::{Assurance, Authority},
    time::Timestamp,
};

use super::cached;
use crate::kernel::{
    accounts::{self, Account},
    ctx::Ctx,
    errors::Result,
};

/// A tenant that somebody acts in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Which.
    pub tenant: TenantId,
    /// What they hold in it, and everywhere.
    pub held: Arc<Authority>,
    /// Until when by their last proof, where the tenant bounds that.
    pub until: Option<Timestamp>,
}

/// Lets an account act in a tenant; `None` where it is no member, or nobody may act there.
///
/// # Errors
/// `STEP_UP_REQUIRED` where the proof is less than the tenant asks for.
pub async fn enter(ctx: &Ctx, account: &Account, tenant: TenantId, assurance: &Assurance) -> Result<Option<Entry>> {
    let Some(held) = accounts::in_tenant(ctx, account, tenant).await? else { return Ok(None) };
    let Some(known) = cached(ctx, tenant).await? else { return Ok(None) };
    let policy = &known.tenant.policy;
    policy.refusal(assurance, ctx.now()).map_or(Ok(()), Err)?;
    Ok(Some(Entry { tenant, held, until: policy.until(assurance) }))
}

/// Refuses a person whose proof is less than the tenant asks for now, whatever it asked for when they came in.
pub async fn within_policy(ctx: &Ctx, tenant: TenantId, assurance: &Assurance) -> Result<()> {
    let Some(known) = cached(ctx, tenant).await? else { return Ok(()) };
    known.tenant.policy.refusal(assurance, ctx.now()).map_or(Ok(()), Err)
}

//! Signing in to a tenant.

use guardhouse_core::{ids::TenantId, principal::Assurance};

use crate::kernel::{
    accounts::Account,
    ctx::Ctx,
    errors::{Code, Error, Result},
    tenants::{self, Entry},
};

/// The tenant of this name or id, for a member of it whose proof is good enough there. Said only after a right proof, and
/// alike for a tenant that is not there.
pub(super) async fn enter(ctx: &Ctx, account: &Account, named: &str, assurance: &Assurance) -> Result<Entry> {
    let stranger = || Error::new(Code::Forbidden, "You are no member of this tenant.");
    let tenant: TenantId = match named.parse() {
        Ok(id) => id,
        Err(_) => tenants::by_slug(ctx, named).await?.ok_or_else(stranger)?.id,
    };
    tenants::enter(ctx, account, tenant, assurance).await?.ok_or_else(stranger)
}

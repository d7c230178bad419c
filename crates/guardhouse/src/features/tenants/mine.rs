//! The tenants that somebody belongs to.

use guardhouse_core::{
    ids::{AccountId, TenantId},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{
    accounts::{self, Membership},
    ctx::Ctx,
    errors::{Error, Result},
    http::page::PageQuery,
    tenants::{self, Tenant},
};

/// A tenant of one's own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Mine {
    /// `ten_…`
    #[schema(value_type = String, example = "ten_01h455vb4pex5vsknk084sn02q")]
    id: TenantId,
    /// What it is called.
    #[schema(example = "Acme Corp.")]
    name: String,
    /// Its name in URLs and login forms.
    #[schema(example = "acme-corp")]
    slug: String,
    /// Names of the roles that you hold in it.
    roles: Vec<String>,
    /// Since when you belong to it: RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    created_at: Timestamp,
}

/// A page of one's own tenants.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AllMine {
    /// By their ids, which is the order they were made in. Those in which nobody may act are not among them.
    data: Vec<Mine>,
    /// What to send as `cursor` for the next page.
    #[schema(value_type = Option<String>)]
    next_cursor: Option<TenantId>,
}

impl Mine {
    fn of(tenant: &Tenant, membership: Membership) -> Self {
        Self {
            id: tenant.id,
            name: tenant.name.clone(),
            slug: tenant.slug.clone(),
            roles: membership.roles,
            created_at: membership.since,
        }
    }
}

/// All of an account.
pub(super) async fn list(ctx: &Ctx, who: AccountId, page: &PageQuery<TenantId>) -> Result<AllMine> {
    // One more than is shown tells whether there is another page.
    let mut found = accounts::memberships(ctx, who, page.cursor, page.limit + 1).await?;
    let more = found.len() > page.limit as usize;
    found.truncate(page.limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|last| last.tenant);
    let mut data = Vec::with_capacity(found.len());
    for membership in found {
        let known = tenants::cached(ctx, membership.tenant).await?;
        let open = known.filter(|known| known.tenant.disabled_at.is_none());
        data.extend(open.map(|known| Mine::of(&known.tenant, membership)));
    }
    Ok(AllMine { data, next_cursor })
}

/// One of an account.
pub(super) async fn one(ctx: &Ctx, who: AccountId, tenant: &Tenant) -> Result<Mine> {
    let member = accounts::member(ctx, tenant.id, who).await?.ok_or_else(Error::not_found)?;
    Ok(Mine::of(tenant, Membership { tenant: tenant.id, roles: member.roles, since: member.since }))
}

//! Tenants (M-25): organisations whose people, roles and keys are kept apart from those of others.
//!
//! One issuer serves all (rulings 2). Whoever holds a role in a tenant is a member of it; bindings are kept with
//! [`accounts`](super::accounts), and the tenant's own roles with [`roles`].

mod entry;
mod policy;
pub mod store;
mod verbs;

use std::sync::Arc;

use guardhouse_core::{
    ids::TenantId,
    scope::Scope,
    time::{Span, Timestamp},
};
use guardhouse_store::{Row, params};

pub use entry::{Entry, enter, within_policy};
pub use policy::TenantPolicy;
pub use verbs::{add, by_slug, change, hold, list, remove, set_disabled};

use super::{
    ctx::Ctx,
    errors::{Error, Result},
    remembered::Remembered,
    roles::{self, Catalogue},
};

/// A tenant as the database has it.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// What it is called.
    pub name: String,
    /// Its name in URLs and login forms.
    pub slug: String,
    /// What it asks of its members.
    pub policy: TenantPolicy,
    /// Since when nobody may act in it.
    pub disabled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last; later with each change, so that it tells two of them apart.
    pub updated_at: Timestamp,
}

impl Tenant {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: TenantId::from_bytes(row.id16(0)?),
            name: row.text(1)?,
            slug: row.text(2)?,
            policy: serde_json::from_str(row.str(3)?).map_err(Error::internal)?,
            disabled_at: row.opt_int(4)?.map(Timestamp),
            created_at: Timestamp(row.int(5)?),
            updated_at: Timestamp(row.int(6)?),
        })
    }
}

/// A tenant with its roles, as memory holds it.
#[derive(Debug)]
pub struct Known {
    /// The tenant.
    pub tenant: Tenant,
    /// Its roles.
    pub roles: Catalogue,
}

const CAPACITY: usize = 5_000;
const KEPT: Span = Span::seconds(30);

/// Tenants seen lately.
pub struct TenantCache(Remembered<TenantId, Arc<Known>>);

impl Default for TenantCache {
    fn default() -> Self {
        Self(Remembered::new(CAPACITY, KEPT))
    }
}

impl TenantCache {
    /// Forgets a tenant.
    pub fn forget(&self, id: TenantId) {
        self.0.forget(&id);
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.0.clear();
    }
}

/// The tenant, straight from the database.
pub async fn by_id(ctx: &Ctx, id: TenantId) -> Result<Option<Tenant>> {
    ctx.db.first(&store::FIND, params![id]).await?.as_ref().map(Tenant::read).transpose()
}

/// The tenant, or a 404.
pub async fn existing(ctx: &Ctx, id: TenantId) -> Result<Tenant> {
    by_id(ctx, id).await?.ok_or_else(Error::not_found)
}

/// The tenant and its roles, from memory where a second's staleness is no matter: the change log drops what changed.
pub async fn cached(ctx: &Ctx, id: TenantId) -> Result<Option<Arc<Known>>> {
    let now = ctx.now();
    if let Some(known) = ctx.tenants.0.get(&id, now) {
        return Ok(Some(known));
    }
    ctx.tenants.0.read(id, now, read(ctx, id)).await
}

async fn read(ctx: &Ctx, id: TenantId) -> Result<Option<Arc<Known>>> {
    let Some(tenant) = by_id(ctx, id).await? else { return Ok(None) };
    let declared = roles::of_scope(&ctx.db, &Scope::Tenant(id).key()).await?;
    Ok(Some(Arc::new(Known { tenant, roles: Catalogue::of_tenant(declared, ctx.roles.everywhere()) })))
}

//! Accounts that no person signs in to: machines act by their keys alone (M-25).
//!
//! Their address is one that nobody has (RFC 6761: `.invalid`), so that no letter, password or code reaches one.

use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::{AccountId, TenantId},
};
use guardhouse_store::{Unit, params};

use super::{Account, store};
use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
};

/// A new service account's row.
pub struct Service {
    /// Its id.
    pub id: AccountId,
    /// What it is called.
    pub name: DisplayName,
    /// The tenant it belongs to and acts in, and no other.
    pub tenant: Option<TenantId>,
}

/// Adds a service account to a unit.
pub fn add_service(ctx: &Ctx, unit: Unit, service: &Service) -> Result<Unit> {
    let email = EmailAddress::parse(&format!("{}@service.invalid", service.id)).map_err(Error::internal)?;
    let row = params![service.id, email.as_str(), email.key(), service.name.as_str(), service.tenant, ctx.now()];
    Ok(unit.step(&store::INSERT_SERVICE, row))
}

/// Service accounts of a tenant, or those of none, the newest first.
pub async fn services(
    ctx: &Ctx,
    tenant: Option<TenantId>,
    before: Option<AccountId>,
    limit: u32,
) -> Result<Vec<Account>> {
    let before = before.unwrap_or(AccountId::from_bytes([0xff; 16]));
    let rows = match tenant {
        Some(tenant) => ctx.db.scan(&store::SERVICES_OF_TENANT, params![before, limit, tenant]).await?,
        None => ctx.db.scan(&store::SERVICES, params![before, limit]).await?,
    };
    rows.iter().map(|row| Account::read(ctx, row)).collect()
}

//! Keys of machines: of service accounts, and of tenants themselves.
//!
//! A tenant's own keys act as an account that the tenant has for them, made with the first key and a `member` from then on;
//! whoever manages the tenant gives it more by binding roles to it.

use guardhouse_core::{
    email::DisplayName,
    ids::{AccountId, TenantId},
    scope::Scope,
};
use guardhouse_store::Unit;

use super::rules::Owner;
use crate::{
    features::service_accounts,
    kernel::{
        accounts::{self, Binding, BindingFilter, Service},
        ctx::Ctx,
        errors::{Code, Error, Result},
        principal::{By, Reach, TenantScope},
        tenants,
    },
};

/// Roles of one machine that are looked at before somebody may make its keys.
const MOST_ROLES: u32 = 200;

/// The owner of a service account's keys, within reach; what is another tenant's is as unknown as none (`T1`).
pub(super) async fn of_service(ctx: &Ctx, reach: Reach, id: AccountId) -> Result<Owner> {
    let account = service_accounts::existing(ctx, reach, id).await?;
    Ok(Owner { account: account.id, tenant: account.tenant })
}

/// The account that a tenant's own keys act as. It has the tenant's id, so that there is one.
pub(super) fn of_tenant(scope: TenantScope) -> Owner {
    Owner { account: AccountId::from_bytes(scope.tenant().bytes()), tenant: Some(scope.tenant()) }
}

/// The same, made if it is not there yet.
pub(super) async fn of_tenant_made(ctx: &Ctx, scope: TenantScope) -> Result<Owner> {
    let (owner, tenant) = (of_tenant(scope), scope.tenant());
    if accounts::by_id(ctx, owner.account).await?.is_some() {
        return Ok(owner);
    }
    let name = tenants::existing(ctx, tenant).await?.name;
    let name = DisplayName::parse(&name).map_err(Error::internal)?;
    let service = Service { id: owner.account, name, tenant: Some(tenant) };
    let unit = accounts::add_service(ctx, tenants::hold(Unit::new(), tenant), &service)?;
    let binding = Binding::new(ctx, owner.account, "member", Scope::Tenant(tenant));
    match accounts::bind(ctx, unit, &binding).run(ctx).await {
        Ok(done) => done.map(|_| owner).ok_or_else(Error::not_found),
        // Another node made it at this moment.
        Err(error) if accounts::by_id(ctx, owner.account).await?.is_none() => Err(error),
        Err(_) => Ok(owner),
    }
}

/// Refuses to make or change keys of a machine that holds a role which the caller may not give: a key is all that it
/// holds (`T3`).
pub(super) async fn may_equip(ctx: &Ctx, by: &By, tenant: Option<TenantId>, machine: AccountId) -> Result<()> {
    let filter = BindingFilter { subject: Some(machine), tenant, ..BindingFilter::default() };
    let held = accounts::bindings(ctx, &filter, None, MOST_ROLES + 1).await?;
    if held.len() > MOST_ROLES as usize && !by.holds("*") {
        return Err(Error::new(Code::Forbidden, "This account holds more roles than can be looked at."));
    }
    for binding in held {
        let tenant = binding.scope.tenant();
        let known = match tenant {
            Some(tenant) => tenants::cached(ctx, tenant).await?,
            None => None,
        };
        let everywhere = ctx.roles.everywhere();
        let catalogue = known.as_ref().map_or(&*everywhere, |known| &known.roles);
        by.may_give(catalogue, tenant, &binding.role)?;
    }
    Ok(())
}

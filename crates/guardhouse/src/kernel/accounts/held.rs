//! What an account holds in tenants and on single resources, worked out once and kept with the account in memory: whatever
//! changes its bindings drops the account, and this with it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use guardhouse_core::{ids::TenantId, principal::Authority, scope::Scope};

use super::{Account, bindings};
use crate::kernel::{ctx::Ctx, errors::Result, tenants};

/// Scopes kept with one account.
const MOST: usize = 1_000;

#[derive(Clone)]
struct Kept {
    /// The tenant's roles as of which it was worked out; other ones make it worthless.
    of: Option<Arc<tenants::Known>>,
    authority: Option<Arc<Authority>>,
}

/// See the module.
#[derive(Default)]
pub struct Held(Mutex<HashMap<String, Kept>>);

/// A copy may be altered, so it begins empty.
impl Clone for Held {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}

fn same(one: Option<&Arc<tenants::Known>>, other: Option<&Arc<tenants::Known>>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        _ => false,
    }
}

impl Held {
    fn get(&self, key: &str, of: Option<&Arc<tenants::Known>>) -> Option<Kept> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|kept| same(kept.of.as_ref(), of)).cloned()
    }

    fn put(&self, key: String, of: Option<Arc<tenants::Known>>, authority: Option<Arc<Authority>>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(key, Kept { of, authority });
    }
}

/// Whether the account belongs to a tenant, and not to this one: it holds nothing elsewhere, whatever was given.
fn is_anothers(account: &Account, tenant: Option<TenantId>) -> bool {
    account.tenant.is_some() && account.tenant != tenant
}

/// What the account holds in the tenant, and everywhere; `None` where it is no member, or nobody may act in the tenant.
pub async fn in_tenant(ctx: &Ctx, account: &Account, tenant: TenantId) -> Result<Option<Arc<Authority>>> {
    if is_anothers(account, Some(tenant)) {
        return Ok(None);
    }
    let Some(known) = tenants::cached(ctx, tenant).await?.filter(|known| known.tenant.disabled_at.is_none()) else {
        return Ok(None);
    };
    let key = Scope::Tenant(tenant).key();
    if let Some(kept) = account.held.get(&key, Some(&known)) {
        return Ok(kept.authority);
    }
    let roles = bindings::held(ctx, account.id, &Scope::Tenant(tenant)).await?;
    let authority = (!roles.is_empty()).then(|| Arc::new(joined(known.roles.authority(roles), &account.authority)));
    account.held.put(key, Some(known), authority.clone());
    Ok(authority)
}

/// What the account holds on a resource beyond what it holds in the resource's tenant or everywhere.
pub async fn on_resource(ctx: &Ctx, account: &Account, scope: &Scope) -> Result<Option<Arc<Authority>>> {
    if is_anothers(account, scope.tenant()) {
        return Ok(None);
    }
    let known = match scope.tenant() {
        Some(tenant) => {
            let known = tenants::cached(ctx, tenant).await?;
            let Some(known) = known.filter(|known| known.tenant.disabled_at.is_none()) else { return Ok(None) };
            Some(known)
        }
        None => None,
    };
    let key = scope.key();
    if let Some(kept) = account.held.get(&key, known.as_ref()) {
        return Ok(kept.authority);
    }
    let roles = bindings::held(ctx, account.id, scope).await?;
    let everywhere = ctx.roles.everywhere();
    let catalogue = known.as_ref().map_or(&*everywhere, |known| &known.roles);
    let authority = (!roles.is_empty()).then(|| Arc::new(catalogue.authority(roles)));
    account.held.put(key, known, authority.clone());
    Ok(authority)
}

fn joined(mut here: Authority, everywhere: &Authority) -> Authority {
    here.roles.extend(everywhere.roles.iter().cloned());
    here.roles.sort();
    here.roles.dedup();
    here.included.extend(everywhere.included.iter().cloned());
    here.permissions.extend(everywhere.permissions.iter().cloned());
    here
}

//! How far the maker of a request reaches: everywhere, or into one tenant (⚑ tenant isolation, `T1`, `T2`).
//!
//! Whatever belongs to a tenant is asked for with a [`TenantScope`], and only what stands here gives one.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use guardhouse_core::{
    ids::TenantId,
    principal::{Authority, Principal},
};
use http::request::Parts;

use super::account;
use crate::kernel::{
    accounts,
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::path,
    tenants,
};

/// Leave to act on what belongs to this tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenantScope(TenantId);

impl TenantScope {
    /// Which tenant.
    pub fn tenant(self) -> TenantId {
        self.0
    }

    /// The server's own command line: whoever runs it holds the database anyway.
    pub fn of_the_operator(tenant: TenantId) -> Self {
        Self(tenant)
    }
}

/// How far an act reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// What belongs to no tenant, and everything that does.
    Everywhere,
    /// What belongs to this tenant.
    Tenant(TenantScope),
}

impl Reach {
    /// The tenant it is bounded by.
    pub fn tenant(self) -> Option<TenantId> {
        match self {
            Self::Everywhere => None,
            Self::Tenant(scope) => Some(scope.tenant()),
        }
    }

    /// Whether what belongs to `tenant` is within reach.
    pub fn covers(self, tenant: Option<TenantId>) -> bool {
        self.tenant().is_none_or(|own| tenant == Some(own))
    }
}

/// How far the principal reaches with this permission, in the tenant that was asked for or else where it acts. What is
/// another tenant's does not exist for it.
pub fn reach(principal: &Principal, permission: &str, asked: Option<TenantId>) -> Result<Reach> {
    if principal.authority.allows(permission) {
        return Ok(everywhere(asked));
    }
    inside(principal.tenant.zip(principal.in_tenant.as_ref()), permission, asked)
}

pub(super) fn everywhere(asked: Option<TenantId>) -> Reach {
    asked.map_or(Reach::Everywhere, |tenant| Reach::Tenant(TenantScope(tenant)))
}

/// With what is held in one tenant.
pub(super) fn inside(
    held: Option<(TenantId, &Arc<Authority>)>,
    permission: &str,
    asked: Option<TenantId>,
) -> Result<Reach> {
    match (held, asked) {
        (Some((own, _)), Some(asked)) if own != asked => Err(Error::not_found()),
        (Some((own, held)), _) if held.allows(permission) => Ok(Reach::Tenant(TenantScope(own))),
        (None, Some(_)) => Err(Error::not_found()),
        _ => Err(lacking(permission)),
    }
}

/// What the principal holds in a tenant, whichever it acts in; cut down as its credential is. `None` where it is no member,
/// or acts in another tenant.
///
/// # Errors
/// `STEP_UP_REQUIRED` where their proof is less than the tenant asks for.
pub async fn held_in(ctx: &Ctx, principal: &Principal, tenant: TenantId) -> Result<Option<Arc<Authority>>> {
    if let Some(acting) = principal.tenant {
        return Ok(principal.in_tenant.clone().filter(|_| acting == tenant));
    }
    let account = account(ctx, principal.subject).await?;
    let held = accounts::in_tenant(ctx, &account, tenant).await?;
    if let (Some(_), Some(assurance)) = (&held, &principal.assurance) {
        tenants::within_policy(ctx, tenant, assurance).await?;
    }
    Ok(match (&principal.authority.within, held) {
        (Some(within), Some(held)) => Some(Arc::new(held.cut_to(within))),
        (_, held) => held,
    })
}

/// Leave to act on the tenant that the path names as `id`, for whoever holds the permission everywhere or in it.
pub(in crate::kernel) async fn into_tenant(
    ctx: &Ctx,
    parts: &mut Parts,
    principal: &Principal,
    permission: &str,
) -> Result<TenantScope> {
    let id: TenantId = path::named(parts, ctx, "id").await?.parse().map_err(|_| Error::not_found())?;
    if principal.authority.allows(permission) {
        return Ok(TenantScope(id));
    }
    let held = held_in(ctx, principal, id).await?;
    match held {
        Some(held) if held.allows(permission) => Ok(TenantScope(id)),
        Some(_) => Err(lacking(permission)),
        None => Err(Error::not_found()),
    }
}

pub(in crate::kernel) fn lacking(permission: &str) -> Error {
    Error::new(Code::Forbidden, format!("This needs the permission {permission}."))
}

pub(in crate::kernel) fn lacking_role(role: &str) -> Error {
    Error::new(Code::Forbidden, format!("This needs the role {role}."))
}

impl FromRequestParts<Ctx> for TenantScope {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Ctx) -> Result<Self> {
        parts.extensions.get::<Self>().copied().ok_or_else(|| Error::internal("the route's guard gives no tenant"))
    }
}

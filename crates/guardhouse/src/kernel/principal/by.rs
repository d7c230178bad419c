//! Who administers: named in the audit log, and bounded by what they hold, since nobody gives or touches more than that
//! (`T3`).

use std::sync::Arc;

use axum::extract::FromRequestParts;
use guardhouse_core::{
    ids::TenantId,
    principal::{Authority, Principal},
};
use http::request::Parts;

use super::{
    Caller,
    reach::{Reach, everywhere, inside},
};
use crate::kernel::{
    accounts::{self, Account},
    audit::Who,
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    roles::{Catalogue, builtin},
};

/// See the module.
#[derive(Clone, Debug)]
pub struct By {
    /// For the audit log.
    pub who: Who,
    /// What they hold everywhere; no bounds where there is none.
    authority: Option<Arc<Authority>>,
    /// What they hold in the tenant they act in.
    in_tenant: Option<(TenantId, Arc<Authority>)>,
}

impl By {
    /// The server's own command line: whoever runs it holds the database anyway.
    pub fn system() -> Self {
        Self { who: Who::system(), authority: None, in_tenant: None }
    }

    /// Whoever holds a secret that the server gave to its operator alone, from where they are.
    pub fn operator(client: &Client) -> Self {
        Self { who: Who::at(client), authority: None, in_tenant: None }
    }

    /// The maker of a request.
    pub fn caller(principal: &Principal, client: &Client) -> Self {
        Self {
            who: Who::of(principal, client),
            authority: Some(Arc::clone(&principal.authority)),
            in_tenant: principal.tenant.zip(principal.in_tenant.clone()),
        }
    }

    /// Somebody who asked for something earlier, as far as their account reaches now.
    pub async fn account(ctx: &Ctx, account: &Account, tenant: TenantId) -> Result<Self> {
        let held = accounts::in_tenant(ctx, account, tenant).await?;
        let by = Self { who: Who::system(), authority: Some(Arc::clone(&account.authority)), in_tenant: None };
        Ok(by.holding(tenant, held))
    }

    /// With what they hold in a tenant that their credential does not name.
    #[must_use]
    pub fn holding(mut self, tenant: TenantId, held: Option<Arc<Authority>>) -> Self {
        self.in_tenant = held.map(|held| (tenant, held));
        self
    }

    /// How far they reach with this permission; see [`reach`](super::reach).
    pub fn reach(&self, permission: &str, asked: Option<TenantId>) -> Result<Reach> {
        if self.holds(permission) {
            return Ok(everywhere(asked));
        }
        inside(self.in_tenant.as_ref().map(|(tenant, held)| (*tenant, held)), permission, asked)
    }

    /// Whether they hold the permission everywhere.
    pub fn holds(&self, permission: &str) -> bool {
        self.authority.as_ref().is_none_or(|authority| authority.allows(permission))
    }

    /// Whether they hold the permission everywhere or in the tenant.
    pub fn holds_in(&self, tenant: Option<TenantId>, permission: &str) -> bool {
        self.holds(permission) || self.held_in(tenant).is_some_and(|held| held.allows(permission))
    }

    fn held_in(&self, tenant: Option<TenantId>) -> Option<&Arc<Authority>> {
        let (own, held) = self.in_tenant.as_ref()?;
        (tenant == Some(*own)).then_some(held)
    }

    /// Refuses an account that holds a permission which the caller lacks.
    pub fn may_act_on(&self, account: &Account) -> Result<()> {
        if account.authority.permissions.iter().all(|permission| self.holds(permission)) {
            return Ok(());
        }
        Err(Error::new(Code::Forbidden, "This account holds permissions that you do not hold."))
    }

    /// Refuses permissions that the caller lacks, for roles that are to gather them.
    pub fn may_gather<'a>(
        &self,
        tenant: Option<TenantId>,
        permissions: impl IntoIterator<Item = &'a String>,
    ) -> Result<()> {
        let lacking = permissions.into_iter().find(|permission| !self.holds_in(tenant, permission));
        lacking.map_or(Ok(()), |permission| {
            let text = format!("You do not hold the permission {permission}, so you cannot give or take it.");
            Err(Error::new(Code::Forbidden, text))
        })
    }

    /// Refuses to give or take, in the tenant or everywhere, a role that the caller does not hold. What a role gathers may
    /// grow later, and other services read roles by name; so holding its permissions of today is not enough. It is for a
    /// tenant's own roles, which nobody reads elsewhere and which whoever manages the tenant declared.
    pub fn may_give(&self, catalogue: &Catalogue, tenant: Option<TenantId>, role: &str) -> Result<()> {
        let Some(authority) = self.authority.as_ref().filter(|authority| !authority.allows("*")) else { return Ok(()) };
        let held = self.held_in(tenant);
        let by_name = match tenant {
            None => authority.holds(role),
            Some(_) => held.is_some_and(|held| held.holds(role)),
        };
        let of_the_house = tenant.is_some() && builtin::IN_A_TENANT.iter().any(|one| one.name == role);
        let own = tenant.is_some() && catalogue.get(role).is_some_and(|found| found.tenant == tenant);
        let within_own = own && self.may_gather(tenant, &catalogue.authority([role.to_owned()]).permissions).is_ok();
        if by_name || within_own || (of_the_house && authority.allows("tenants:*")) {
            return Ok(());
        }
        Err(Error::new(Code::Forbidden, format!("You do not hold the role {role}, so you cannot give or take it.")))
    }
}

impl FromRequestParts<Ctx> for By {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let Caller(principal) = Caller::from_request_parts(parts, ctx).await?;
        Ok(Self::caller(&principal, &Client::from_request_parts(parts, ctx).await?))
    }
}

//! Which roles there are, within a caller's reach.

use std::sync::Arc;

use guardhouse_core::ids::{RoleId, TenantId};
use guardhouse_store::Unit;

use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Detail, Error, Result},
    http::{list::Page, page::PageQuery},
    principal::Reach,
    roles::{Catalogue, Role},
    tenants::{self, Known},
};

/// The roles of a scope: of a tenant, or those that hold everywhere.
pub(super) enum Roles {
    Everywhere(Arc<Catalogue>),
    Tenant(Arc<Known>),
}

impl Roles {
    /// A tenant that nobody has is a 404.
    pub(super) async fn of(ctx: &Ctx, tenant: Option<TenantId>) -> Result<Self> {
        match tenant {
            None => Ok(Self::Everywhere(ctx.roles.everywhere())),
            Some(id) => tenants::cached(ctx, id).await?.map(Self::Tenant).ok_or_else(Error::not_found),
        }
    }

    pub(super) fn catalogue(&self) -> &Catalogue {
        match self {
            Self::Everywhere(catalogue) => catalogue,
            Self::Tenant(known) => &known.roles,
        }
    }
}

/// Roles of the reach by name, those of the house among them.
pub async fn list(ctx: &Ctx, reach: Reach, page: &PageQuery<String>) -> Result<Page<Role>> {
    let roles = Roles::of(ctx, reach.tenant()).await?;
    let after = page.cursor.as_deref().unwrap_or_default();
    let all = roles.catalogue().all();
    let found = all.into_iter().filter(|role| role.name.as_str() > after).take(page.limit as usize + 1).cloned();
    Ok(Page::of(found.collect(), page.limit, |role| role.name.clone()))
}

/// One role of the reach, by its id or its name.
pub async fn find(ctx: &Ctx, reach: Reach, named: &str) -> Result<Role> {
    let roles = Roles::of(ctx, reach.tenant()).await?;
    let id = named.parse::<RoleId>().ok();
    let found = roles.catalogue().all().into_iter().find(|role| match id {
        Some(id) => role.id == Some(id),
        None => role.name == named,
    });
    found.cloned().ok_or_else(Error::not_found)
}

/// The id of a role that may be changed: those of the house may not.
pub(super) fn own(role: &Role) -> Result<RoleId> {
    role.id.ok_or_else(|| {
        Error::new(Code::Conflict, format!("The role {} is one of the house and stays as it is.", role.name))
    })
}

/// A field's fault.
pub(super) fn fault(field: &'static str, code: &'static str, message: impl Into<String>) -> Error {
    Error::validation(vec![Detail::new(field, code, message)])
}

/// Adds, where the role is one that was declared, that it stays until the unit is done.
pub(super) fn holding(unit: Unit, role: &Role) -> Unit {
    match role.id {
        Some(id) => crate::kernel::roles::hold(unit, id),
        None => unit,
    }
}

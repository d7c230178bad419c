//! The verbs that change roles and declared permissions. What they add to an [`Act`] tells every node.

use guardhouse_core::{
    ids::{RoleId, TenantId},
    permission::Permission,
    scope::Scope,
    time::Timestamp,
};
use guardhouse_store::{Unit, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::{catalogue::Role, store};
use crate::kernel::{changes::Act, ctx::Ctx, errors::Result, http::page::PageQuery};

/// Roles of one scope: all are held in memory.
pub const MAX_ROLES: u32 = 5_000;
/// Declared permissions.
pub const MAX_PERMISSIONS: u32 = 10_000;

fn scope_key(tenant: Option<TenantId>) -> String {
    tenant.map_or(Scope::Everywhere, Scope::Tenant).key()
}

/// Adds a role; a required step, refused where the name is taken.
pub fn add(ctx: &Ctx, act: Act, id: RoleId, role: &Role) -> Act {
    let row = params![
        id,
        scope_key(role.tenant),
        role.tenant,
        role.name.as_str(),
        role.description.as_str(),
        role.permissions.join(" "),
        role.includes.join(" "),
        ctx.now(),
    ];
    act.and(|unit| unit.require(&store::INSERT, row)).changes_roles(ctx, role.tenant)
}

/// Adds what a role is from now on; a required step.
pub fn change(ctx: &Ctx, act: Act, id: RoleId, role: &Role) -> Act {
    let row = params![id, role.description.as_str(), role.permissions.join(" "), role.includes.join(" "), ctx.now()];
    act.and(|unit| unit.require(&store::UPDATE, row)).changes_roles(ctx, role.tenant)
}

/// Adds the end of a role; a required step. Whoever holds it is the caller's to see to.
pub fn remove(ctx: &Ctx, act: Act, id: RoleId, tenant: Option<TenantId>) -> Act {
    act.and(|unit| unit.require(&store::DELETE, params![id])).changes_roles(ctx, tenant)
}

/// Adds the end of all roles of a tenant.
pub fn remove_all_of(ctx: &Ctx, act: Act, tenant: TenantId) -> Act {
    act.and(|unit| unit.step(&store::DELETE_SCOPE, params![scope_key(Some(tenant))])).changes_roles(ctx, Some(tenant))
}

/// Adds, as a required step, that the role is there and stays until the unit is done.
pub fn hold(unit: Unit, id: RoleId) -> Unit {
    unit.require(&store::HOLD, params![id])
}

/// Adds that no role of the scope changes until the unit is done.
pub fn hold_scope(unit: Unit, tenant: Option<TenantId>) -> Unit {
    unit.step(&store::HOLD_SCOPE, params![scope_key(tenant)])
}

/// How many roles a scope has, counted as far as the bound.
pub async fn count_roles(ctx: &Ctx, tenant: Option<TenantId>) -> Result<u32> {
    let rows = ctx.db.scan(&store::COUNT_ROLES, params![scope_key(tenant), MAX_ROLES]).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.int(0))?.try_into().unwrap_or(u32::MAX))
}

/// How many permissions are declared, counted as far as the bound.
pub async fn count_permissions(ctx: &Ctx) -> Result<u32> {
    let rows = ctx.db.scan(&store::COUNT_PERMISSIONS, params![MAX_PERMISSIONS]).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.int(0))?.try_into().unwrap_or(u32::MAX))
}

/// A permission that was declared.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Declared {
    /// `documents:read`
    #[schema(example = "documents:read")]
    pub name: String,
    /// What it permits.
    pub description: String,
    /// RFC 3339, UTC; none for those that this server's own routes ask for.
    #[schema(value_type = Option<String>, example = "2026-01-02T03:04:05Z")]
    pub created_at: Option<Timestamp>,
}

/// Adds a permission to those that roles may gather; a required step, refused where it is declared already.
pub fn declare(ctx: &Ctx, unit: Unit, name: &Permission, description: &str) -> Unit {
    unit.require(&store::DECLARE, params![name.as_str(), description, ctx.now()])
}

/// Adds that a permission is not declared any more; a required step.
pub fn withdraw(unit: Unit, name: &Permission) -> Unit {
    unit.require(&store::WITHDRAW, params![name.as_str()])
}

/// Declared permissions by name, one more than the page shows where there are more.
pub async fn permissions(ctx: &Ctx, page: &PageQuery<String>) -> Result<Vec<Declared>> {
    let after = page.cursor.as_deref().unwrap_or_default();
    let rows = ctx.db.scan(&store::PERMISSIONS, params![after, page.limit + 1]).await?;
    let read = |row: &guardhouse_store::Row| {
        Ok(Declared { name: row.text(0)?, description: row.text(1)?, created_at: Some(Timestamp(row.int(2)?)) })
    };
    rows.iter().map(read).collect()
}

/// Whether the permission, or one that the pattern stands for, is one of this server's routes or was declared.
pub async fn is_declared(ctx: &Ctx, permission: &Permission) -> Result<bool> {
    let (name, beginning) = match permission.as_str().strip_suffix('*') {
        Some("") => return Ok(true),
        Some(beginning) => ("", beginning),
        None => (permission.as_str(), ""),
    };
    let of_a_route = |known: &&'static str| *known == name || (!beginning.is_empty() && known.starts_with(beginning));
    if ctx.guards.iter().any(of_a_route) {
        return Ok(true);
    }
    Ok(ctx.db.first(&store::DECLARED, params![name, beginning]).await?.is_some())
}

/// The acts of declared permissions about this kind of thing: what follows `documents:`.
pub async fn declared_acts(ctx: &Ctx, kind: &str) -> Result<Vec<String>> {
    let beginning = format!("{kind}:");
    let rows = ctx.db.scan(&store::BEGINNING, params![beginning.as_str(), MAX_ACTS]).await?;
    rows.iter().map(|row| Ok(row.str(0)?.split_at(beginning.len()).1.to_owned())).collect()
}

/// Acts of one kind of thing that are looked at.
const MAX_ACTS: u32 = 1_000;

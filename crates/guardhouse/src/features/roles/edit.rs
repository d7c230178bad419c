//! Declaring, changing and removing roles.

use guardhouse_core::{
    ids::{RoleId, TenantId},
    permission::{Permission, RoleName},
    time::Timestamp,
};
use guardhouse_store::{Outcome as UnitOutcome, Unit};
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::{Roles, fault, find, own};
use crate::kernel::{
    accounts,
    audit::{Event, Outcome},
    changes::Act,
    ctx::Ctx,
    errors::{Code, Error, Result},
    principal::{By, Reach},
    roles::{self, Catalogue, Role},
};

/// Permissions that one role gathers itself.
const MAX_GATHERED: usize = 100;

/// A role to be declared.
#[derive(Clone, Debug, Default)]
pub struct NewRole {
    /// What to call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it gathers.
    pub permissions: Vec<String>,
    /// The roles it includes.
    pub includes: Vec<String>,
}

/// What is to be different of a role; its name stays.
#[derive(Clone, Debug, Default)]
pub struct RoleChanges {
    /// What it is for.
    pub description: Option<String>,
    /// All that it gathers from now on.
    pub permissions: Option<Vec<String>>,
    /// All that it includes from now on.
    pub includes: Option<Vec<String>>,
}

/// A role as answers show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Role)]
pub struct ShownRole {
    /// `rol_…`; null for the roles of the house.
    #[schema(value_type = Option<String>, example = "rol_01h455vb4pex5vsknk084sn02q")]
    pub id: Option<RoleId>,
    /// What it is called.
    #[schema(example = "editor")]
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The tenant it belongs to.
    #[schema(value_type = Option<String>)]
    pub tenant_id: Option<TenantId>,
    /// What it gathers itself.
    pub permissions: Vec<String>,
    /// The roles it includes.
    pub includes: Vec<String>,
    /// Whether it is one of the house, which nobody changes.
    pub built_in: bool,
    /// RFC 3339, UTC.
    #[schema(value_type = Option<String>, example = "2026-01-02T03:04:05Z")]
    pub created_at: Option<Timestamp>,
}

impl From<Role> for ShownRole {
    fn from(role: Role) -> Self {
        Self {
            id: role.id,
            built_in: role.id.is_none(),
            name: role.name,
            description: role.description,
            tenant_id: role.tenant,
            permissions: role.permissions,
            includes: role.includes,
            created_at: role.created_at,
        }
    }
}

/// Sorted, each once.
fn each_once(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names
}

/// Permissions that are well-formed and declared.
async fn declared(ctx: &Ctx, permissions: Vec<String>) -> Result<Vec<String>> {
    let permissions = each_once(permissions);
    if permissions.len() > MAX_GATHERED {
        return Err(fault("permissions", "TOO_LONG", format!("At most {MAX_GATHERED} permissions.")));
    }
    for name in &permissions {
        let permission: Permission = name.parse().map_err(|error: guardhouse_core::permission::NotAPermission| {
            fault("permissions", "INVALID_PERMISSION", error.to_string())
        })?;
        if !roles::is_declared(ctx, &permission).await? {
            let text = format!("The permission {permission} is not declared: POST /api/admin/permissions declares it.");
            return Err(fault("permissions", "UNKNOWN_PERMISSION", text));
        }
    }
    Ok(permissions)
}

/// Roles to include that are there and close no circle.
fn includable(catalogue: &Catalogue, name: &str, includes: Vec<String>) -> Result<Vec<String>> {
    let includes = each_once(includes);
    if let Some(unknown) = includes.iter().find(|role| catalogue.get(role).is_none()) {
        return Err(fault("includes", "UNKNOWN_ROLE", format!("There is no role {}.", printable(unknown))));
    }
    if catalogue.closes_a_circle(name, &includes) {
        return Err(circle());
    }
    Ok(includes)
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

fn circle() -> Error {
    fault("includes", "CIRCLE", "The role would include itself.")
}

fn taken() -> Error {
    Error::new(Code::Conflict, "There is a role of this name already.")
}

/// Whoever decides what a role gathers gives it to all who hold the role, so they must hold it (`T3`).
fn may_make(by: &By, catalogue: &Catalogue, role: &Role) -> Result<()> {
    by.may_gather(role.tenant, &role.permissions)?;
    role.includes.iter().try_for_each(|included| by.may_give(catalogue, role.tenant, included))
}

/// Declares a role everywhere or in a tenant.
pub async fn create(ctx: &Ctx, by: &By, reach: Reach, new: NewRole) -> Result<Role> {
    let tenant = reach.tenant();
    let name: RoleName = new
        .name
        .parse()
        .map_err(|error: guardhouse_core::permission::NotARole| fault("name", "INVALID_ROLE", error.to_string()))?;
    let scope = Roles::of(ctx, tenant).await?;
    let catalogue = scope.catalogue();
    if catalogue.get(name.as_str()).is_some_and(|found| found.tenant == tenant || found.id.is_none()) {
        return Err(taken());
    }
    if roles::count_roles(ctx, tenant).await? >= roles::MAX_ROLES {
        return Err(Error::new(Code::Conflict, format!("There are {} roles, which is the most.", roles::MAX_ROLES)));
    }
    let id = RoleId::new(ctx.now());
    let role = Role {
        id: Some(id),
        name: name.to_string(),
        description: new.description,
        tenant,
        permissions: declared(ctx, new.permissions).await?,
        includes: includable(catalogue, name.as_str(), new.includes)?,
        created_at: Some(ctx.now()),
    };
    may_make(by, catalogue, &role)?;
    let event = event("roles.created", by, &role).detail("permissions", role.permissions.join(" "));
    let done = roles::add(ctx, Act::default(), id, &role).audited(ctx, event).within(role.tenant).run(ctx).await?;
    if done.is_some() { Ok(role) } else { Err(taken()) }
}

/// Changes what a role is. Whoever holds it holds the new one at the next request.
pub async fn update(ctx: &Ctx, by: &By, reach: Reach, named: &str, changes: RoleChanges) -> Result<Role> {
    let old = find(ctx, reach, named).await?;
    let id = own(&old)?;
    let scope = Roles::of(ctx, old.tenant).await?;
    let catalogue = scope.catalogue();
    may_make(by, catalogue, &old)?;
    let mut role = old.clone();
    if let Some(description) = changes.description {
        role.description = description;
    }
    if let Some(permissions) = changes.permissions {
        role.permissions = declared(ctx, permissions).await?;
    }
    if let Some(includes) = changes.includes {
        role.includes = includable(catalogue, &role.name, includes)?;
    }
    may_make(by, catalogue, &role)?;
    let event = event("roles.updated", by, &role)
        .detail("permissions", role.permissions.join(" "))
        .detail("permissions_before", old.permissions.join(" "))
        .detail("includes", role.includes.join(" "));
    let act = Act::from(roles::hold_scope(Unit::new(), role.tenant));
    let done = roles::change(ctx, act, id, &role).audited(ctx, event).within(role.tenant).run(ctx).await?;
    if done.is_some() { Ok(role) } else { Err(Error::not_found()) }
}

/// Removes a role, and takes it from all who hold it.
pub async fn delete(ctx: &Ctx, by: &By, reach: Reach, named: &str) -> Result<()> {
    let role = find(ctx, reach, named).await?;
    let id = own(&role)?;
    let scope = Roles::of(ctx, role.tenant).await?;
    let catalogue = scope.catalogue();
    may_make(by, catalogue, &role)?;
    if let Some(other) = catalogue.including(&role.name).next() {
        return Err(Error::new(Code::Conflict, format!("The role {} includes it: change that one first.", other.name)));
    }
    let act = roles::remove(ctx, Act::default(), id, role.tenant);
    let act = accounts::drop_role_of_all(act, &role.name, role.tenant);
    match act.audited(ctx, event("roles.deleted", by, &role)).within(role.tenant).run_or_refused(ctx).await? {
        UnitOutcome::Done(_) => Ok(()),
        UnitOutcome::Refused { .. } => Err(Error::not_found()),
    }
}

fn event(action: &'static str, by: &By, role: &Role) -> Event {
    Event::new(action, Outcome::Success).by(&by.who).tenant(role.tenant).detail("role", &role.name)
}

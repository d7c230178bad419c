//! Declaring permissions.

use guardhouse_core::permission::Permission;
use guardhouse_store::Unit;

use super::rules::fault;
use crate::kernel::{
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::{list::Page, page::PageQuery},
    principal::By,
    roles::{self, Declared, MAX_PERMISSIONS},
};

fn parsed(name: &str) -> Result<Permission> {
    let permission: Permission = name.parse().map_err(|error: guardhouse_core::permission::NotAPermission| {
        fault("name", "INVALID_PERMISSION", error.to_string())
    })?;
    if permission.is_pattern() {
        return Err(fault("name", "INVALID_PERMISSION", "A wildcard stands for permissions and is none itself."));
    }
    Ok(permission)
}

fn taken(name: &Permission) -> Error {
    Error::new(Code::Conflict, format!("The permission {name} is declared already."))
}

/// Declared permissions by name.
pub async fn list(ctx: &Ctx, page: &PageQuery<String>) -> Result<Page<Declared>> {
    let found = roles::permissions(ctx, page).await?;
    Ok(Page::of(found, page.limit, |one| one.name.clone()))
}

/// Declares a permission, so that roles may gather it.
pub async fn declare(ctx: &Ctx, by: &By, name: &str, description: &str) -> Result<Declared> {
    let name = parsed(name)?;
    if ctx.guards.contains(&name.as_str()) {
        return Err(taken(&name));
    }
    if roles::count_permissions(ctx).await? >= MAX_PERMISSIONS {
        return Err(Error::new(Code::Conflict, format!("There are {MAX_PERMISSIONS} permissions, which is the most.")));
    }
    let event = Event::new("roles.permission_declared", Outcome::Success).by(&by.who).detail("permission", &name);
    let unit = roles::declare(ctx, Unit::new(), &name, description);
    if ctx.db.run(ctx.audit.step(ctx, unit, event)).await?.is_done() {
        let name = name.to_string();
        return Ok(Declared { name, description: description.to_owned(), created_at: Some(ctx.now()) });
    }
    Err(taken(&name))
}

/// Withdraws a permission that no role gathers by its name.
pub async fn withdraw(ctx: &Ctx, by: &By, name: &str) -> Result<()> {
    let name = parsed(name).map_err(|_| Error::not_found())?;
    if let Some(role) = ctx.roles.everywhere().gathering(name.as_str()).next() {
        return Err(Error::new(Code::Conflict, format!("The role {} gathers it: change that one first.", role.name)));
    }
    let event = Event::new("roles.permission_withdrawn", Outcome::Success).by(&by.who).detail("permission", &name);
    let unit = roles::withdraw(Unit::new(), &name);
    if ctx.db.run(ctx.audit.step(ctx, unit, event)).await?.is_done() { Ok(()) } else { Err(Error::not_found()) }
}

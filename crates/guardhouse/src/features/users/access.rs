//! Names of roles as users carry them.

use guardhouse_core::permission::RoleName;

pub use crate::kernel::principal::By;
use crate::kernel::{
    ctx::Ctx,
    errors::{Detail, Error, Result},
};

/// Names of roles, sorted, each once; refused where one is no name. A role that nobody declared may be held all the same:
/// it gathers nothing here, and other services may read its name.
pub(super) fn role_names(mut roles: Vec<String>) -> Result<Vec<String>> {
    if let Some(error) = roles.iter().find_map(|role| role.parse::<RoleName>().err()) {
        return Err(Error::validation(vec![Detail::new("roles", "INVALID_ROLE", error.to_string())]));
    }
    roles.sort();
    roles.dedup();
    Ok(roles)
}

/// Refuses roles that the caller may not give or take.
pub(super) fn may_give<'a>(ctx: &Ctx, by: &By, roles: impl IntoIterator<Item = &'a String>) -> Result<()> {
    let catalogue = ctx.roles.everywhere();
    roles.into_iter().try_for_each(|role| by.may_give(&catalogue, None, role))
}

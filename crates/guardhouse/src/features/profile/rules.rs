//! The verbs of one's own account.

use guardhouse_core::principal::Principal;

use crate::kernel::{accounts::User, ctx::Ctx, errors::Result, principal};

/// One's own account.
pub async fn read(ctx: &Ctx, principal: &Principal) -> Result<User> {
    let account = principal::account(ctx, principal.subject).await?;
    Ok(User::from(&*account))
}

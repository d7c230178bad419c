//! The owner of a mailbox takes up an account that somebody made in their name (`A13`).
//!
//! As long as nobody has shown that the address is theirs, whoever registered it may be anybody. Once its owner comes by a
//! letter, what was put in before goes: password, keys and sessions of a stranger. Where a second factor is enrolled
//! nothing goes and nothing is shown: a letter alone gets past no factor (ASVS 6.4.3), so whoever holds it decides.

use super::Account;
use crate::kernel::{
    changes::Act,
    ctx::Ctx,
    errors::Result,
    sessions::{self, EndReason},
};

/// What a feature takes away of an account whose address nobody had shown: a seam, listed under `forsakes`.
pub type Forsakes = for<'a> fn(&'a Ctx, &'a Account, Act) -> crate::kernel::BoxFuture<'a, Result<Act>>;

/// Adds to an act that the mailbox's owner has the account, where nobody had shown the address before.
pub async fn claim(ctx: &Ctx, act: Act, account: &Account) -> Result<Act> {
    if account.email_verified() || account.second_factor {
        return Ok(act);
    }
    let mut act = super::verify_this_email(ctx, act, account.id, &account.email);
    for forsakes in &ctx.forsakes {
        act = forsakes(ctx, account, act).await?;
    }
    Ok(sessions::end_all(ctx, act, account.id, None, EndReason::Credential))
}

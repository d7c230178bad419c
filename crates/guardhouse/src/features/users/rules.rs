//! The verbs, for the API and the command line alike.

use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::AccountId,
    password::Password,
};
use guardhouse_store::{Outcome as UnitOutcome, Unit};

use super::{access, access::By, letters};
use crate::{
    features::password,
    kernel::{
        accounts::{self, Account, NewAccount},
        audit::{Event, Outcome},
        ctx::Ctx,
        errors::{Error, Result},
        sessions::{self, EndReason},
    },
};

/// Somebody to be given an account.
pub struct NewUser {
    /// The address to sign in with.
    pub email: EmailAddress,
    /// What to be called.
    pub name: DisplayName,
    /// For scripts; without one an invitation is mailed and the person chooses.
    pub password: Option<Password>,
    /// Roles to hold.
    pub roles: Vec<String>,
    /// Whether the administrator vouches for the address. Whoever is invited shows it by using the link.
    pub email_verified: bool,
}

/// Makes an account.
pub async fn create(ctx: &Ctx, by: &By, new: NewUser) -> Result<Account> {
    create_if(ctx, by, new, |_| Unit::new(), accounts::taken).await
}

/// Makes an account if every required step of `proof` holds in the same commit, which is handed the new account's id;
/// else `refused` says why not.
pub async fn create_if(
    ctx: &Ctx,
    by: &By,
    new: NewUser,
    proof: impl FnOnce(AccountId) -> Unit,
    refused: fn() -> Error,
) -> Result<Account> {
    let roles = access::role_names(new.roles)?;
    access::may_give(ctx, by, &roles)?;
    let now = ctx.now();
    let row =
        NewAccount { id: AccountId::new(now), email: new.email, name: new.name, verified: new.email_verified, roles };
    let unit = proof(row.id);
    let proved = unit.len();
    let unit = accounts::create(unit, &row, now);
    let invited = new.password.is_none();
    let unit = match new.password {
        Some(password) => {
            let chosen = password::choose(ctx, "password", password, &[row.email.as_str(), row.name.as_str()]).await?;
            let unit = password::set(unit, row.id, &chosen, now);
            if row.verified { unit } else { letters::verify(ctx, unit, row.id, &row.email)? }
        }
        None => letters::invite(ctx, unit, row.id, &row.email)?,
    };
    let event = Event::new("users.created", Outcome::Success)
        .subject(row.id)
        .by(&by.who)
        .detail("invited", invited)
        .detail("roles", row.roles.join(" "));
    match ctx.db.run(ctx.audit.step(ctx, unit, event)).await? {
        UnitOutcome::Done(_) => accounts::existing(ctx, row.id).await,
        UnitOutcome::Refused { step } if step < proved => Err(refused()),
        UnitOutcome::Refused { .. } => Err(accounts::taken()),
    }
}

/// An account that the caller may act on.
pub async fn within_reach(ctx: &Ctx, by: &By, id: AccountId) -> Result<Account> {
    let account = accounts::person(ctx, id).await?;
    by.may_act_on(&account)?;
    Ok(account)
}

/// Keeps an account from signing in, and ends all its sessions on every node (M-03, ASVS 7.4.2).
pub async fn disable(ctx: &Ctx, by: &By, id: AccountId) -> Result<Account> {
    let account = within_reach(ctx, by, id).await?;
    let event = Event::new("users.disabled", Outcome::Success).subject(id).by(&by.who);
    let disabled = |act| {
        let act = accounts::disable(ctx, act, id).audited(ctx, event);
        sessions::end_all(ctx, act, id, None, EndReason::Disabled)
    };
    accounts::unless_last_admin(ctx, &account, disabled).await?;
    accounts::existing(ctx, id).await
}

/// Lets an account sign in again.
pub async fn enable(ctx: &Ctx, by: &By, id: AccountId) -> Result<Account> {
    within_reach(ctx, by, id).await?;
    let event = Event::new("users.enabled", Outcome::Success).subject(id).by(&by.who);
    accounts::enable(ctx, Unit::new(), id).audited(ctx, event).run(ctx).await?;
    accounts::existing(ctx, id).await
}

/// Forgives an account's failed attempts.
pub async fn unlock(ctx: &Ctx, by: &By, id: AccountId) -> Result<Account> {
    let account = within_reach(ctx, by, id).await?;
    let unit = password::unlock(ctx, Unit::new(), &account.email, id);
    let event = Event::new("users.unlocked", Outcome::Success).subject(id).by(&by.who);
    let _ = ctx.db.run(ctx.audit.step(ctx, unit, event)).await?;
    Ok(account)
}

/// Mails a link to set a password: no administrator ever learns or sets one (ASVS 6.4.6).
pub async fn reset(ctx: &Ctx, by: &By, id: AccountId) -> Result<()> {
    let account = within_reach(ctx, by, id).await?;
    let unit = if password::has(ctx, id).await? {
        letters::reset(ctx, Unit::new(), &account)?
    } else {
        letters::invite(ctx, Unit::new(), id, &account.email)?
    };
    let event = Event::new("users.reset", Outcome::Success).subject(id).by(&by.who);
    let _ = ctx.db.run(ctx.audit.step(ctx, unit, event)).await?;
    Ok(())
}

/// Removes an account and what is personal of it; its audit events stay without their personal part.
pub async fn delete(ctx: &Ctx, by: &By, id: AccountId) -> Result<()> {
    let account = within_reach(ctx, by, id).await?;
    let event = Event::new("users.deleted", Outcome::Success).subject(id).by(&by.who);
    accounts::delete(ctx, &account, EndReason::Administrator, event).await
}

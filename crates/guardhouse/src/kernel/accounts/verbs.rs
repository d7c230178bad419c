//! The verbs that change an account. Each tells every node: what it adds is an [`Act`], which cannot be run without that.

use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::{AccountId, BindingId},
    time::Timestamp,
};
use guardhouse_store::{Outcome, Statement, Unit, Value, params};

use super::{ADMIN, Account, store};
use crate::kernel::{
    audit::{self, Event},
    changes::Act,
    ctx::Ctx,
    errors::{Code, Error, Result},
    roles::OWNER,
    sessions::{self, EndReason},
};

fn step(ctx: &Ctx, act: impl Into<Act>, id: AccountId, what: (&Statement, Vec<Value>)) -> Act {
    act.into().and(|unit| unit.step(what.0, what.1)).changes(ctx, id)
}

fn require(ctx: &Ctx, act: impl Into<Act>, id: AccountId, what: (&Statement, Vec<Value>)) -> Act {
    act.into().and(|unit| unit.require(what.0, what.1)).changes(ctx, id)
}

/// Adds that the account is called otherwise; a required step.
pub fn rename(ctx: &Ctx, act: impl Into<Act>, id: AccountId, name: &DisplayName) -> Act {
    require(ctx, act, id, (&store::RENAME, params![id, name.as_str(), ctx.now()]))
}

/// Adds that the account may not sign in. Its sessions end by [`sessions::end_all`].
pub fn disable(ctx: &Ctx, act: impl Into<Act>, id: AccountId) -> Act {
    step(ctx, act, id, (&store::DISABLE, params![id, ctx.now()]))
}

/// Adds that the account may sign in again.
pub fn enable(ctx: &Ctx, act: impl Into<Act>, id: AccountId) -> Act {
    step(ctx, act, id, (&store::ENABLE, params![id, ctx.now()]))
}

/// Adds that whoever holds the address has shown it.
pub fn verify_email(ctx: &Ctx, act: impl Into<Act>, id: AccountId) -> Act {
    step(ctx, act, id, (&store::VERIFY_EMAIL, params![id, ctx.now()]))
}

/// The same for the address that was proved; a required step, refused where the account has another one by now.
pub fn verify_this_email(ctx: &Ctx, act: impl Into<Act>, id: AccountId, proved: &EmailAddress) -> Act {
    require(ctx, act, id, (&store::VERIFY_THIS_EMAIL, params![id, ctx.now(), proved.key()]))
}

/// Adds whether the address counts as verified, whoever says so.
pub fn set_verified(ctx: &Ctx, act: impl Into<Act>, id: AccountId, verified: bool) -> Act {
    let now = ctx.now();
    step(ctx, act, id, (&store::SET_VERIFIED, params![id, verified.then_some(now), now]))
}

/// Adds another address, verified; a required step, refused where the account's address is not that of the key `from` any
/// more, or the new one is taken.
pub fn change_email(ctx: &Ctx, act: impl Into<Act>, id: AccountId, from: &str, to: &EmailAddress) -> Act {
    require(ctx, act, id, (&store::CHANGE_EMAIL, params![id, to.as_str(), to.key(), ctx.now(), from]))
}

/// Adds a role that the account holds from now on.
pub fn give_role(ctx: &Ctx, act: impl Into<Act>, id: AccountId, role: &str) -> Act {
    let now = ctx.now();
    act.into().and(|unit| give(unit, id, role, now)).changes(ctx, id)
}

/// Adds a role held everywhere, for an account that no node knows yet.
pub(super) fn give(unit: Unit, id: AccountId, role: &str, now: Timestamp) -> Unit {
    let nowhere: Option<&str> = None;
    unit.step(&store::BIND, params![BindingId::new(now), id, role, "", None::<Vec<u8>>, nowhere, nowhere, now])
}

/// Adds that the account does not hold a role any more.
pub fn drop_role(ctx: &Ctx, act: impl Into<Act>, id: AccountId, role: &str) -> Act {
    step(ctx, act, id, (&store::DROP_ROLE, params![id, role]))
}

/// Adds to a unit, as a required step, that the account may sign in; on PostgreSQL this also holds it against a disabling
/// at the same moment.
pub fn still_enabled(unit: Unit, id: AccountId) -> Unit {
    unit.require(&store::ENABLED, params![id])
}

/// Adds to a unit, as a required step, that the account may sign in and its verified address is still this one.
pub fn still_verified(unit: Unit, id: AccountId, email: &EmailAddress) -> Unit {
    unit.require(&store::STILL_VERIFIED, params![id, email.key()])
}

/// Adds to a unit, as a required step, that the account signed in, which it may.
pub(in crate::kernel) fn signed_in(unit: Unit, id: AccountId, now: Timestamp) -> Unit {
    unit.require(&store::LOGGED_IN, params![id, now])
}

/// Adds to a unit that marks of known devices are void from now on.
pub(in crate::kernel) fn forget_devices(unit: Unit, id: AccountId) -> Unit {
    unit.step(&store::FORGET_DEVICES, params![id])
}

/// Adds to a unit, where the account is an administrator who may sign in, that it is not the last one: two required
/// steps, to stand first.
pub fn keep_an_admin(unit: Unit, account: &Account) -> Unit {
    let active = account.disabled_at.is_none() && account.authority.roles.iter().any(|role| role == ADMIN);
    if !active {
        return unit;
    }
    unit.require(&store::HOLD_ADMINS, params![]).require(&store::ANOTHER_ADMIN, params![account.id])
}

/// The refusal of [`keep_an_admin`].
pub fn last_admin() -> Error {
    Error::new(Code::Conflict, "This is the last administrator. Make another one first.")
}

/// Does what may take the last administrator away, unless it does.
pub async fn unless_last_admin(ctx: &Ctx, account: &Account, add: impl FnOnce(Act) -> Act) -> Result<()> {
    let guard = Act::from(keep_an_admin(Unit::new(), account));
    let guarded = guard.steps();
    match add(guard).run_or_refused(ctx).await? {
        Outcome::Done(_) => Ok(()),
        Outcome::Refused { step } if step < guarded => Err(last_admin()),
        Outcome::Refused { .. } => Err(Error::not_found()),
    }
}

/// Deletes the account with all that is kept about the person (GDPR, article 17): the rows go, sessions end on all nodes
/// at once, and what is personal in the audit log is erased with the chain whole. The last administrator stays, and so does
/// the last owner of a tenant with other members. Letters on
/// their way still go out; they are sealed and hang on nothing.
pub async fn delete(ctx: &Ctx, account: &Account, why: EndReason, event: Event) -> Result<()> {
    let id = account.id;
    // Ended before the rows go, since the notice to other nodes is made from them.
    let guard = Act::from(keep_an_admin(Unit::new(), account));
    let admins = guard.steps();
    let guard = guard.and(|unit| {
        unit.step(&store::HOLD_OWNERS, params![id, OWNER]).require(&store::LEAVES_OWNERS, params![id, OWNER])
    });
    let guarded = guard.steps();
    let act = sessions::end_all(ctx, guard, id, None, why).and(|unit| rows(ctx, unit, id));
    match act.changes(ctx, id).audited(ctx, event).run_or_refused(ctx).await? {
        Outcome::Done(_) => Ok(()),
        Outcome::Refused { step } if step < admins => Err(last_admin()),
        Outcome::Refused { step } if step < guarded => Err(last_owner()),
        Outcome::Refused { .. } => Err(Error::not_found()),
    }
}

fn last_owner() -> Error {
    let text = "This is the last owner of a tenant with other members. Make another one first, or delete the tenant.";
    Error::new(Code::Conflict, text)
}

fn rows(ctx: &Ctx, unit: Unit, id: AccountId) -> Unit {
    let unit = ctx.personal_data.iter().fold(unit, |unit, kept| (kept.erase)(unit, id));
    audit::erase_the_rest(ctx, unit, id).require(&store::DELETE, params![id])
}

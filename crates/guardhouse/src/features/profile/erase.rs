//! Deleting one's account (GDPR, article 17): the rows go, sessions end on all nodes at once, and what is personal in
//! the audit log is erased with the chain whole.

use guardhouse_store::{Outcome as UnitOutcome, Unit};

use crate::kernel::{
    accounts,
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Error, Result},
    login::Proved,
    sessions::{self, EndReason},
};

/// Deletes the caller's account. Letters on their way still go out; they are sealed and hang on nothing.
pub async fn erase(ctx: &Ctx, person: &Proved) -> Result<()> {
    let id = person.subject;
    let account = accounts::existing(ctx, id).await?;
    let unit = accounts::keep_an_admin(Unit::new(), &account);
    let guards = unit.len();
    // Ended before the rows go, since the notice to other nodes is made from them.
    let ending = sessions::end_all(ctx, accounts::touch(ctx, unit, id), id, None, EndReason::Ended);
    let deleting = ending.and(|unit| {
        // The event names the account's id alone: whose it was is nobody's business any more.
        let event = Event::new("profile.deleted", Outcome::Success).subject(id);
        ctx.audit.step(ctx, accounts::delete(ctx, unit, id), event)
    });
    let outcome = deleting.run_or_refused(ctx).await?;
    accounts::forget(ctx, id);
    match outcome {
        UnitOutcome::Done(_) => Ok(()),
        UnitOutcome::Refused { step } if step < guards => Err(accounts::last_admin()),
        UnitOutcome::Refused { .. } => Err(Error::not_found()),
    }
}

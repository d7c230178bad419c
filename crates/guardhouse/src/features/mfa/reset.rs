//! An administrator removes somebody's factors, who lost them all (ASVS 6.4.4).
//!
//! Not at once: the owner is told and has `mfa.reset_wait` to stop it, since whoever talks an administrator into it would
//! otherwise be let in by the password alone. When it happens all sessions end, and the account can be signed in to with
//! its first factor and nothing weaker.

use guardhouse_core::{
    ids::AccountId,
    time::{Span, Timestamp},
};
use guardhouse_store::{Unit, params};

use super::{letters, store};
use crate::{
    features::users::{self, By},
    kernel::{
        accounts,
        audit::{Event, Outcome, Who},
        changes::Act,
        ctx::Ctx,
        errors::{Code, Error, Result},
        factors,
        http::client::Client,
        jobs::JobKind,
        principal::{self, Principal},
        sessions::{self, EndReason},
    },
};

/// Takes up what is due.
pub(super) const JOB: JobKind =
    JobKind::Recurring { name: "mfa.reset", every: Span::minutes(1), run: |ctx| Box::pin(due(ctx)) };

const MOST: i64 = 100;

/// Asks for it: when it will happen.
pub(super) async fn ask(ctx: &Ctx, by: &By, id: AccountId) -> Result<Timestamp> {
    let account = users::within_reach(ctx, by, id).await?;
    if !account.second_factor {
        return Err(Error::new(Code::Conflict, "This user has no second factor."));
    }
    let now = ctx.now();
    let wait = ctx.settings.mfa.reset_wait;
    let due = now + wait;
    let event = Event::new("mfa.reset_asked", Outcome::Success).subject(id).by(&by.who).detail("due", due);
    let unit = Unit::new().require(&store::ASK_RESET, params![id, now, due]);
    let unit = ctx.audit.step(ctx, unit, event);
    let unit = if wait.0 > 0 { letters::reset(ctx, unit, &account, Some(due))? } else { unit };
    let _ = ctx.db.run(unit).await?;
    if wait.0 == 0 {
        happen(ctx, id).await?;
        return Ok(now);
    }
    Ok(waits(ctx, id).await?.unwrap_or(due))
}

/// When it will happen, where one waits.
pub(super) async fn waits(ctx: &Ctx, id: AccountId) -> Result<Option<Timestamp>> {
    let row = ctx.db.first(&store::FIND_RESET, params![id]).await?;
    row.map(|row| Ok(Timestamp(row.int(0)?))).transpose()
}

/// The owner stops it.
pub(super) async fn stop(ctx: &Ctx, principal: &Principal, client: &Client) -> Result<()> {
    principal::in_person(principal)?;
    stopped(ctx, principal.subject, &Who::of(principal, client)).await
}

/// An administrator takes it back.
pub(super) async fn take_back(ctx: &Ctx, by: &By, id: AccountId) -> Result<()> {
    users::within_reach(ctx, by, id).await?;
    stopped(ctx, id, &by.who).await
}

async fn stopped(ctx: &Ctx, id: AccountId, who: &Who) -> Result<()> {
    let event = Event::new("mfa.reset_stopped", Outcome::Success).subject(id).by(who);
    let unit = Unit::new().require(&store::STOP_RESET, params![id]);
    ctx.db.run(ctx.audit.step(ctx, unit, event)).await?.done().map(drop).ok_or_else(Error::not_found)
}

pub(super) async fn due(ctx: &Ctx) -> Result<()> {
    for row in ctx.db.scan(&store::DUE_RESETS, params![ctx.now(), MOST]).await? {
        happen(ctx, AccountId::from_bytes(row.id16(0)?)).await?;
    }
    Ok(())
}

/// Refused where it was stopped, or another node took it up.
async fn happen(ctx: &Ctx, id: AccountId) -> Result<()> {
    let Some(account) = accounts::by_id(ctx, id).await? else { return Ok(()) };
    let event = Event::new("mfa.reset", Outcome::Success).subject(id);
    let act = Act::from(Unit::new().require(&store::TAKE_RESET, params![id, ctx.now()]));
    let act = factors::remove_all(ctx, act, id).and(|unit| unit.step(&store::CLEAR_CODES, params![id]));
    let act = act.audited(ctx, event).try_and(|unit| letters::reset(ctx, unit, &account, None))?;
    sessions::end_all(ctx, act, id, None, EndReason::Credential).run(ctx).await?;
    Ok(())
}

use guardhouse_core::time::Span;
use guardhouse_store::{Unit, params};

use super::{
    rules::{announce, commit, fresh, overlap_end},
    sealed, set,
    store::{self, KeyState, StoredKey},
};
use crate::kernel::{
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Code, Result},
    jobs::JobKind,
};

/// How long a key is published before it signs, so that whoever caches the set has it by then.
const AHEAD: Span = Span::days(1);

/// The work that keeps keys fresh.
pub fn jobs() -> Vec<JobKind> {
    let schedule =
        JobKind::Recurring { name: "keys.schedule", every: Span::minutes(10), run: |ctx| Box::pin(schedule(ctx)) };
    vec![schedule, sealed::JOB]
}

/// Publishes a successor a day before the active key is `tokens.rotate_every` old, hands over to it, and
/// ends what is overdue. Each step is safe to repeat, and a node that is faster is no error.
pub(super) async fn schedule(ctx: &Ctx) -> Result<()> {
    match steps(ctx).await {
        Err(error) if error.code() == Code::Conflict => Ok(()),
        other => other,
    }
}

async fn steps(ctx: &Ctx) -> Result<()> {
    end_overdue(ctx).await?;
    if ctx.keys.is_shared() {
        return Ok(());
    }
    let rows = set::rows(&ctx.db).await?;
    let algorithm = ctx.settings.tokens.algorithm;
    let Some(active) = set::signing(&rows, algorithm, ctx.now()) else { return Ok(()) };
    hand_over(ctx, &rows, active).await?;
    publish_successor(ctx, &rows, active).await
}

async fn end_overdue(ctx: &Ctx) -> Result<()> {
    let unit = Unit::new().require(&store::RETIRE_OVERDUE, params![ctx.now(), Vec::<u8>::new()]);
    let event = Event::new("signing_keys.retired", Outcome::Success).detail("reason", "its overlap ended");
    commit(ctx, announce(ctx, unit, ""), event).await.map(drop)
}

/// The keys before the active one sign no more: their end is set.
async fn hand_over(ctx: &Ctx, rows: &[StoredKey], active: &StoredKey) -> Result<()> {
    let now = ctx.now();
    let others = rows.iter().filter(|row| row.generation < active.generation);
    if others.filter(|row| row.state(now) == KeyState::Active).count() == 0 {
        return Ok(());
    }
    let unit = Unit::new().require(&store::SET_END, params![overlap_end(ctx, rows), active.generation]);
    let event =
        Event::new("signing_keys.rotated", Outcome::Success).detail("kid", &active.kid).detail("reason", "schedule");
    commit(ctx, announce(ctx, unit, &active.kid), event).await.map(drop)
}

async fn publish_successor(ctx: &Ctx, rows: &[StoredKey], active: &StoredKey) -> Result<()> {
    let (now, every) = (ctx.now(), ctx.settings.tokens.rotate_every);
    let waits = rows.iter().any(|row| row.generation > active.generation && row.state(now) == KeyState::Next);
    if every <= Span(0) || waits || now < active.not_before + every - AHEAD {
        return Ok(());
    }
    let next = fresh(ctx, rows, now + AHEAD).await?;
    let unit = Unit::new().step(&store::ADD, next.params());
    let event =
        Event::new("signing_keys.published", Outcome::Success).detail("kid", &next.kid).detail("alg", &next.alg);
    commit(ctx, announce(ctx, unit, &next.kid), event).await.map(drop)
}

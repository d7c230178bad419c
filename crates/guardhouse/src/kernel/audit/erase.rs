//! Taking what is personal out of the events of an account that is deleted (GDPR, article 17); the events and the chain
//! stay.
//!
//! The newest events are erased in the commit of the deletion. However many there are, the rest follows by a job that was
//! left in that commit, some at a time, so the deletion meets no limit of the database and nothing is forgotten (M-40).

use guardhouse_core::ids::{AccountId, EventId};
use guardhouse_store::{
    Statement, Unit,
    jobs::{self, Job},
    params,
};
use serde::{Deserialize, Serialize};

use super::store;
use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
    jobs::JobKind,
};

/// Events erased in one commit.
pub(super) const AT_ONCE: u32 = 2000;
/// The kind of the job that erases the rest. It has nothing to hide, so it is not sealed.
pub const REST: &str = "audit.erase";

pub(super) fn job() -> JobKind {
    JobKind::Queued { kind: REST, run: |ctx, job| Box::pin(go_on(ctx, job)) }
}

/// Which events are still to be looked at.
#[derive(Serialize, Deserialize)]
struct Rest {
    account: [u8; 16],
    /// Those by the account, or those about it.
    by: bool,
    /// Below this id.
    below: [u8; 16],
}

/// Adds to a unit that what is personal in the newest events about or by an account goes.
pub(super) fn newest(unit: Unit, account: AccountId) -> Unit {
    unit.step(&store::ERASE_SUBJECT, params![account, Vec::<u8>::new(), AT_ONCE])
        .step(&store::ERASE_ACTOR, params![account, Vec::<u8>::new(), AT_ONCE])
}

/// Adds to a unit that all earlier ones follow. Events that the unit adds from here on stay as they are: they say who
/// deleted the account.
pub fn erase_the_rest(ctx: &Ctx, unit: Unit, account: AccountId) -> Unit {
    let below = ctx.audit.next_id(ctx.now());
    [false, true]
        .into_iter()
        .fold(unit, |unit, by| follow(ctx, unit, &Rest { account: account.bytes(), by, below: below.bytes() }))
}

fn follow(ctx: &Ctx, unit: Unit, rest: &Rest) -> Unit {
    let payload = serde_json::to_vec(rest).unwrap_or_default();
    jobs::enqueue(unit, &Job::new(REST, payload, ctx.now()))
}

/// Erases some, and leaves a job for what is below them.
async fn go_on(ctx: &Ctx, job: &Job) -> Result<()> {
    let rest: Rest = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
    let erase: &Statement = if rest.by { &store::ERASE_ACTOR_BELOW } else { &store::ERASE_SUBJECT_BELOW };
    let params = params![rest.account, Vec::<u8>::new(), AT_ONCE, rest.below];
    let steps = ctx.db.run(Unit::new().step(erase, params)).await?.done().unwrap_or_default();
    let ids = steps.iter().flatten().map(|row| Ok(EventId::from_bytes(row.id16(0)?)));
    let ids: Vec<EventId> = ids.collect::<Result<_>>()?;
    let lowest = ids.iter().map(EventId::bytes).min();
    if let Some(below) = lowest.filter(|_| ids.len() == AT_ONCE as usize) {
        // Should this commit be lost, the whole step runs again, which changes nothing.
        let _ = ctx.db.run(follow(ctx, Unit::new(), &Rest { below, ..rest })).await?;
    }
    Ok(())
}

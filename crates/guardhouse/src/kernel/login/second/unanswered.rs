//! A right first factor that no second one followed (ASVS 6.3.5): whoever has the password of somebody else comes as far as
//! this. Looked for when the ticket is over; of a device that signed in before, nobody is told.

use guardhouse_core::{
    ids::{AccountId, CodeId},
    time::Timestamp,
};
use guardhouse_store::{
    Unit,
    jobs::{self, Job},
    params,
};

use super::{store, ticket};
use crate::kernel::{
    alerts::{self, Alert},
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Error, Result},
    jobs::JobKind,
};

const KIND: &str = "mfa.unanswered";

/// Looks whether a ticket was used.
pub const JOB: JobKind = JobKind::Queued { kind: KIND, run: |ctx, job| Box::pin(look(ctx, job)) };

/// Adds to a unit that the ticket is looked after once it is over.
pub(super) fn wait(ctx: &Ctx, unit: Unit, ticket: CodeId, until: Timestamp) -> Unit {
    let job = Job { run_at: until, ..Job::new(KIND, ticket.bytes().to_vec(), ctx.now()) };
    jobs::enqueue(unit, &job)
}

async fn look(ctx: &Ctx, job: &Job) -> Result<()> {
    let id: [u8; 16] = job.payload.as_slice().try_into().map_err(Error::internal)?;
    // Nobody's any more where the account is gone.
    let Some(row) = ctx.db.first(&store::UNANSWERED, params![id]).await? else { return Ok(()) };
    let waiting = ticket::waiting(ctx, CodeId::from_bytes(id), row.slice(1)?)?;
    let event = Event::new("mfa.unanswered", Outcome::Denied).subject(AccountId::from_bytes(row.id16(0)?));
    let event = waiting.client().iter().fold(event, Event::client);
    alerts::record(ctx, Alert::HalfDone, event.detail("asked_at", Timestamp(row.int(2)?))).await
}

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
    accounts::Account,
    alerts::{self, Alert},
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Error, Result},
    http::client,
    jobs::JobKind,
    limits::network::{self, Policy},
};

const KIND: &str = "mfa.unanswered";

/// Tickets of one account that are looked after: whoever has its password asks for any number.
pub const WATCHED: Policy = Policy { name: "mfa_watched", setting: "limits.mfa", of: |settings| &settings.limits.mfa };

/// Looks whether a ticket was used.
pub const JOB: JobKind = JobKind::Queued { kind: KIND, run: |ctx, job| Box::pin(look(ctx, job)) };

/// Adds to a unit that the ticket is looked after once it is over.
pub(super) async fn wait(ctx: &Ctx, unit: Unit, account: &Account, ticket: CodeId, until: Timestamp) -> Result<Unit> {
    if !network::charge_silently(ctx, WATCHED, &account.id.bytes()).await? {
        return Ok(unit);
    }
    let job = Job { run_at: until, ..Job::new(KIND, ticket.bytes().to_vec(), ctx.now()) };
    Ok(jobs::enqueue(unit, &job))
}

async fn look(ctx: &Ctx, job: &Job) -> Result<()> {
    let id: [u8; 16] = job.payload.as_slice().try_into().map_err(Error::internal)?;
    // Used, or nobody's any more where the account is gone.
    let Some(row) = ctx.db.first(&store::UNANSWERED, params![id]).await? else { return Ok(()) };
    let (account, at) = (AccountId::from_bytes(row.id16(0)?), Timestamp(row.int(2)?));
    let Some(client) = ticket::waiting(ctx, CodeId::from_bytes(id), row.slice(1)?)?.client() else { return Ok(()) };
    // Somebody who began anew from there and came in is the owner, whom nobody else's login vouches for.
    for used in &ctx.db.query(&store::USED_SINCE, params![account, at]).await? {
        let used = ticket::waiting(ctx, CodeId::from_bytes(used.id16(0)?), used.slice(1)?)?;
        if used.client().is_some_and(|used| client::network(used.ip) == client.network()) {
            return Ok(());
        }
    }
    let event = Event::new("mfa.unanswered", Outcome::Denied).subject(account).client(&client).detail("asked_at", at);
    let _ = ctx.db.run(alerts::raise_at(ctx, Alert::HalfDone, event, at, Unit::new())?).await?;
    Ok(())
}

//! Failed attempts and lockout (M-32, `A2`, `A3`; rulings 22-24).
//!
//! An attempt is reserved in its own short transaction before the password is looked at, and given back when it was
//! right. So two hundred parallel guesses are never more than the limit, and no rollback forgets one. Rows are kept
//! under a keyed hash of what was attacked: unknown e-mail addresses lock like known ones, and the table tells nobody
//! who has an account.

pub mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use guardhouse_core::{
    ids::AccountId,
    time::{Span, Timestamp},
};
use guardhouse_store::{Outcome, Steps, Unit, params};
use serde_json::json;

use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    feature::PersonalData,
    jobs::Sweep,
};

/// What was tried from an account's own devices and sessions.
pub const PERSONAL_DATA: PersonalData = PersonalData {
    name: "failed_attempts",
    export: |ctx, id| Box::pin(export(ctx, id)),
    erase: |unit, id| unit.step(&store::ERASE, params![id]),
};

async fn export(ctx: &Ctx, account: AccountId) -> Result<serde_json::Value> {
    let rows = ctx.db.query(&store::EXPORT, params![account]).await?;
    let attempts = rows.iter().map(|row| {
        let locked = Some(row.int(1)?).filter(|until| *until > 0).map(Timestamp);
        Ok(json!({"failures": row.int(0)?, "locked_until": locked, "last_at": Timestamp(row.int(2)?)}))
    });
    attempts.collect()
}

/// A row nobody touched for so long starts anew.
const STALE: Span = Span::days(1);

/// More rows of addresses than this do not stay (rulings 24). About 100 MiB.
const CAP: i64 = 1_000_000;
/// So many rows go in one statement, that others may write in between.
const BATCH: i64 = 10_000;

/// What is attacked: the key of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    key: [u8; 16],
    account: Option<AccountId>,
}

impl Target {
    /// A verifier (`password`, `recovery`, …) of whatever `parts` name, known or not.
    pub fn new(ctx: &Ctx, verifier: &str, parts: &[&[u8]]) -> Self {
        let mut all = vec![b"attempts".as_slice(), verifier.as_bytes()];
        all.extend_from_slice(parts);
        let mac = ctx.ring.index(&all);
        let mut key = [0; 16];
        key.copy_from_slice(&mac[..16]);
        Self { key, account: None }
    }

    /// The target is known to be this account's, so what unlocks the account unlocks it. Never said of an address:
    /// the table tells nobody who has an account.
    #[must_use]
    pub fn of(self, account: AccountId) -> Self {
        Self { account: Some(account), ..self }
    }
}

/// An attempt that was counted before its outcome is known.
#[derive(Clone, Copy, Debug)]
pub struct Reserved {
    target: Target,
    /// Attempts in a row including this one.
    pub failures: i64,
    /// Whether this one, should it fail, locks the target.
    pub last: bool,
}

/// Refuses what is locked; changes nothing.
pub async fn look(ctx: &Ctx, target: Target) -> Result<()> {
    let until = locked_until(ctx, target).await?;
    if until > ctx.now() { Err(locked(ctx, until)) } else { Ok(()) }
}

async fn locked_until(ctx: &Ctx, target: Target) -> Result<Timestamp> {
    let row = ctx.db.first(&store::FIND, params![target.key]).await?;
    Ok(Timestamp(row.map_or(Ok(0), |row| row.int(1))?))
}

/// Failures in a row on `target`; `None` where it is locked, and nothing is looked at anyway.
pub async fn in_a_row(ctx: &Ctx, target: Target) -> Result<Option<i64>> {
    let Some(row) = ctx.db.first(&store::FIND, params![target.key]).await? else { return Ok(Some(0)) };
    let (until, last) = (Timestamp(row.int(1)?), Timestamp(row.int(2)?));
    let failures = if last < ctx.now() - STALE { 0 } else { row.int(0)? };
    Ok((until <= ctx.now()).then_some(failures))
}

/// Counts an attempt on `target`, or says that it is locked and for how long.
pub async fn reserve(ctx: &Ctx, target: Target) -> Result<Reserved> {
    Ok(reserve_and(ctx, target, |unit| unit).await?.0)
}

/// The same with other steps in its commit, which follow the first.
pub async fn reserve_and(ctx: &Ctx, target: Target, add: impl FnOnce(Unit) -> Unit) -> Result<(Reserved, Steps)> {
    let now = ctx.now();
    let lockout = &ctx.settings.lockout;
    let allowed = i64::from(lockout.attempts.max(1));
    let params = params![target.key, now, now - STALE, allowed, lockout.base.0, lockout.max.0, target.account];
    let Outcome::Done(steps) = ctx.db.run(add(Unit::new().require(&store::RESERVE, params))).await? else {
        return Err(locked(ctx, locked_until(ctx, target).await?));
    };
    let row = steps.first(0).ok_or_else(|| Error::internal("an attempt was reserved without its row"))?;
    Ok((Reserved { target, failures: row.int(0)?, last: row.int(1)? > now.0 }, steps))
}

/// The refusal, with the time until which it stands.
fn locked(ctx: &Ctx, until: Timestamp) -> Error {
    let wait = until.since(ctx.now()).max(Span::seconds(1));
    Error::new(Code::AccountLocked, "Too many failed attempts. Wait, or reset the password.").retry_after(wait)
}

/// Adds to a unit that the attempt was no failure.
pub fn give_back(unit: Unit, reserved: &Reserved) -> Unit {
    unit.step(&store::FORGET, params![reserved.target.key])
}

/// Adds to a unit that the target starts anew, and so do all devices and sessions of the account.
pub fn unlock(unit: Unit, target: Target, account: AccountId) -> Unit {
    unit.step(&store::UNLOCK, params![target.key, account])
}

/// Gives an attempt back alone, where nothing else is written.
pub async fn release(ctx: &Ctx, reserved: &Reserved) -> Result<()> {
    ctx.db.execute(&store::FORGET, params![reserved.target.key]).await?;
    Ok(())
}

/// Gives an attempt back where it was right and the act could not be written: a database without room is nobody's failure,
/// and must not lock people out. Where even this cannot be written the attempt stays counted.
pub async fn unless_written<T>(ctx: &Ctx, reserved: Reserved, outcome: Result<T>) -> Result<T> {
    if outcome.as_ref().is_err_and(|error| error.code() == Code::Unavailable)
        && let Err(error) = release(ctx, &reserved).await
    {
        tracing::warn!(%error, "an attempt stays counted that was no failure");
    }
    outcome
}

/// Removes rows that count no more, and bounds what attempts on unknown addresses can leave behind.
pub const SWEEP: Sweep = Sweep { name: "attempts.sweep", run: |ctx| Box::pin(sweep(ctx)) };

async fn sweep(ctx: &Ctx) -> Result<()> {
    let now = ctx.now();
    ctx.db.execute_in_batches(&store::SWEEP, params![now - STALE, now], guardhouse_store::BATCH).await?;
    trim(ctx, CAP).await
}

/// Locked rows stay: they are over within `lockout.max`.
async fn trim(ctx: &Ctx, cap: i64) -> Result<()> {
    let count = ctx.db.scan(&store::COUNT, params![]).await?;
    let mut over = count.first().map_or(Ok(0), |row| row.int(0))? - cap;
    while over > 0 {
        let gone = ctx.db.execute(&store::TRIM, params![ctx.now(), over.min(BATCH)]).await?;
        if gone == 0 {
            break;
        }
        over -= BATCH;
    }
    Ok(())
}

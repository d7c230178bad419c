//! Failed attempts and lockout (M-32, `A2`, `A3`; rulings 22-24).
//!
//! An attempt is reserved in its own short transaction before the password is looked at, and given back when it was
//! right. So two hundred parallel guesses are never more than the limit, and no rollback forgets one. Rows are kept
//! under a keyed hash of what was attacked: unknown e-mail addresses lock like known ones, and the table tells nobody
//! who has an account.

use guardhouse_core::{
    ids::AccountId,
    time::{Span, Timestamp},
};
use guardhouse_store::{Outcome, Steps, Unit, migrations::Migration, params, statements};
use serde_json::json;

use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    feature::PersonalData,
    jobs::Sweep,
};

statements! {
    /// Counts one more attempt unless locked; a row untouched for a day starts anew.
    /// $1 key, $2 now, $3 stale before, $4 attempts allowed, $5 base, $6 max, $7 account
    RESERVE = "insert into attempts (key, failures, locked_until, updated_at, account)
        values ($1, 1, case when 1 >= cast($4 as bigint) then cast($2 as bigint) + $5 else 0 end, $2, $7)
        on conflict (key) do update set
            failures = case when attempts.updated_at < $3 then 1 else attempts.failures + 1 end,
            locked_until = case
                when attempts.updated_at < $3 or attempts.failures + 1 < $4 then 0
                when attempts.failures + 1 - $4 >= 20 then cast($2 as bigint) + $6
                when cast($5 as bigint) * (1 << cast(attempts.failures + 1 - $4 as integer)) >= $6 then cast($2 as bigint) + $6
                else cast($2 as bigint) + cast($5 as bigint) * (1 << cast(attempts.failures + 1 - $4 as integer)) end,
            updated_at = $2
        where attempts.locked_until <= $2
        returning failures, locked_until";
    /// $1 key
    FIND = "select failures, locked_until from attempts where key = $1";
    /// $1 key
    FORGET = "delete from attempts where key = $1";
    /// $1 key, $2 account
    UNLOCK = "delete from attempts where key = $1 or account = $2";
    /// $1 account
    EXPORT = "select failures, locked_until, updated_at from attempts where account = $1 order by updated_at";
    /// $1 account
    ERASE = "delete from attempts where account = $1";
    /// $1 untouched since before, $2 now, $3 how many
    SWEEP = "delete from attempts where key in (
        select key from attempts where updated_at < $1 and locked_until <= $2 limit $3) and locked_until <= $2";
    /// Rows of addresses, known or not.
    COUNT = "select count(*) from attempts where account is null";
    /// The oldest of them that are not locked. $1 now, $2 how many
    TRIM = "delete from attempts where key in (
        select key from attempts where account is null and locked_until <= $1 order by updated_at limit $2)";
}

/// The table.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 13,
        feature: "limits",
        name: "attempts",
        sql: "create table attempts (
        key BLOB primary key,
        failures INTEGER not null,
        locked_until INTEGER not null,
        updated_at INTEGER not null
    ) STRICT;
    create index attempts_updated_at on attempts (updated_at);",
        oldest_binary: 1,
    },
    Migration {
        number: 16,
        feature: "limits",
        name: "whose device or session attempts came from",
        sql: "alter table attempts add column account BLOB;
        create index attempts_account on attempts (account);",
        oldest_binary: 1,
    },
];

/// What was tried from an account's own devices and sessions.
pub const PERSONAL_DATA: PersonalData = PersonalData {
    name: "failed_attempts",
    export: |ctx, id| Box::pin(export(ctx, id)),
    erase: |unit, id| unit.step(&ERASE, params![id]),
};

async fn export(ctx: &Ctx, account: AccountId) -> Result<serde_json::Value> {
    let rows = ctx.db.query(&EXPORT, params![account]).await?;
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
    let row = ctx.db.first(&FIND, params![target.key]).await?;
    Ok(Timestamp(row.map_or(Ok(0), |row| row.int(1))?))
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
    let Outcome::Done(steps) = ctx.db.run(add(Unit::new().require(&RESERVE, params))).await? else {
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
    unit.step(&FORGET, params![reserved.target.key])
}

/// Adds to a unit that the target starts anew, and so do all devices and sessions of the account.
pub fn unlock(unit: Unit, target: Target, account: AccountId) -> Unit {
    unit.step(&UNLOCK, params![target.key, account])
}

/// Gives an attempt back alone, where nothing else is written.
pub async fn release(ctx: &Ctx, reserved: &Reserved) -> Result<()> {
    ctx.db.execute(&FORGET, params![reserved.target.key]).await?;
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
pub const SWEEP_OVER: Sweep = Sweep { name: "attempts.sweep", run: |ctx| Box::pin(sweep(ctx)) };

async fn sweep(ctx: &Ctx) -> Result<()> {
    let now = ctx.now();
    ctx.db.execute_in_batches(&SWEEP, params![now - STALE, now], guardhouse_store::BATCH).await?;
    trim(ctx, CAP).await
}

/// Locked rows stay: they are over within `lockout.max`.
async fn trim(ctx: &Ctx, cap: i64) -> Result<()> {
    let count = ctx.db.scan(&COUNT, params![]).await?;
    let mut over = count.first().map_or(Ok(0), |row| row.int(0))? - cap;
    while over > 0 {
        let gone = ctx.db.execute(&TRIM, params![ctx.now(), over.min(BATCH)]).await?;
        if gone == 0 {
            break;
        }
        over -= BATCH;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::TestApp;

    /// The cap takes the oldest first, and neither locks nor what belongs to an account (M-40, rulings 24).
    #[tokio::test]
    async fn rows_of_addresses_are_capped_the_oldest_unlocked_first_m40() {
        let app = TestApp::new().await;
        let ctx = app.ctx();
        let of = |name: &str| Target::new(ctx, "password", &[name.as_bytes()]);
        for _ in 0..5 {
            let _ = reserve(ctx, of("locked")).await.unwrap();
        }
        let _ = reserve(ctx, of("device").of(AccountId::new(ctx.now()))).await.unwrap();
        for name in ["old", "middle", "new"] {
            app.advance(Span::seconds(1));
            let _ = reserve(ctx, of(name)).await.unwrap();
        }
        trim(ctx, 2).await.unwrap();
        for (name, stays) in [("locked", true), ("device", true), ("old", false), ("middle", false), ("new", true)] {
            assert_eq!(ctx.db.first(&FIND, params![of(name).key]).await.unwrap().is_some(), stays, "{name}");
        }
        trim(ctx, 0).await.unwrap();
        assert!(look(ctx, of("locked")).await.is_err());
    }
}

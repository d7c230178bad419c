//! Failed attempts and lockout (M-32, `A2`, `A3`; rulings 22-24).
//!
//! An attempt is reserved in its own short transaction before the password is looked at, and given back when it was
//! right. So two hundred parallel guesses are never more than the limit, and no rollback forgets one. Rows are kept
//! under a keyed hash of what was attacked: unknown e-mail addresses lock like known ones, and the table tells nobody
//! who has an account.

use guardhouse_core::{
    master_key::Purpose,
    time::{Span, Timestamp},
};
use guardhouse_store::{Unit, migrations::Migration, params, statements};

use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
};

statements! {
    /// Counts one more attempt unless locked; a row untouched for a day starts anew.
    /// $1 key, $2 now, $3 stale before, $4 attempts allowed, $5 base, $6 max
    RESERVE = "insert into attempts (key, failures, locked_until, updated_at)
        values ($1, 1, case when 1 >= cast($4 as bigint) then cast($2 as bigint) + $5 else 0 end, $2)
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
    /// An attempt that was not looked at. $1 key
    TAKE_BACK = "update attempts set failures = failures - 1, locked_until = 0 where key = $1 and failures > 0";
    /// $1 untouched since before, $2 now
    SWEEP = "delete from attempts where updated_at < $1 and locked_until <= $2";
}

/// The table.
pub const MIGRATION: Migration = Migration {
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
};

/// A row nobody touched for so long starts anew.
const STALE: Span = Span::days(1);

/// What is attacked: the key of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target([u8; 16]);

impl Target {
    /// A verifier (`password`, `recovery`, …) of whatever `parts` name, known or not.
    pub fn new(ctx: &Ctx, verifier: &str, parts: &[&[u8]]) -> Self {
        let mut all = vec![b"attempts".as_slice(), verifier.as_bytes()];
        all.extend_from_slice(parts);
        let mac = ctx.ring.mac(Purpose::Index, &all);
        let mut key = [0; 16];
        key.copy_from_slice(&mac[..16]);
        Self(key)
    }
}

/// An attempt that was counted before its outcome is known.
#[derive(Debug)]
pub struct Reserved {
    target: Target,
    /// Attempts in a row including this one.
    pub failures: i64,
    /// Whether this one, should it fail, locks the target.
    pub last: bool,
}

/// Counts an attempt on `target`, or says that it is locked and for how long.
pub async fn reserve(ctx: &Ctx, target: Target) -> Result<Reserved> {
    let now = ctx.now();
    let lockout = &ctx.settings.lockout;
    let allowed = i64::from(lockout.attempts.max(1));
    let row =
        ctx.db.returning(&RESERVE, params![target.0, now, now - STALE, allowed, lockout.base.0, lockout.max.0]).await?;
    match row {
        Some(row) => Ok(Reserved { target, failures: row.int(0)?, last: row.int(1)? > now.0 }),
        None => Err(locked(ctx, target).await?),
    }
}

/// The refusal, with the time until which it stands.
async fn locked(ctx: &Ctx, target: Target) -> Result<Error> {
    let row = ctx.db.first(&FIND, params![target.0]).await?;
    let until = row.map(|row| row.int(1)).transpose()?.map_or(ctx.now(), Timestamp);
    let wait = until.since(ctx.now()).max(Span::seconds(1));
    Ok(Error::new(Code::AccountLocked, "Too many failed attempts. Wait, or reset the password.").retry_after(wait))
}

/// Adds to a unit that the attempt was no failure.
pub fn give_back(unit: Unit, reserved: &Reserved) -> Unit {
    unlock(unit, reserved.target)
}

/// Adds to a unit that the target starts anew.
pub fn unlock(unit: Unit, target: Target) -> Unit {
    unit.step(&FORGET, params![target.0])
}

/// Takes an attempt back that was not looked at; earlier failures stay.
pub async fn take_back(ctx: &Ctx, reserved: &Reserved) -> Result<()> {
    ctx.db.execute(&TAKE_BACK, params![reserved.target.0]).await?;
    Ok(())
}

/// Gives an attempt back alone, where nothing else is written.
pub async fn release(ctx: &Ctx, reserved: &Reserved) -> Result<()> {
    ctx.db.execute(&FORGET, params![reserved.target.0]).await?;
    Ok(())
}

/// Removes rows that count no more (M-40): bounds what attempts on unknown addresses can leave behind.
pub async fn sweep(ctx: &Ctx) -> Result<u64> {
    let now = ctx.now();
    Ok(ctx.db.execute(&SWEEP, params![now - STALE, now]).await?)
}

//! Sliding-window counters for limits.
//!
//! Two buckets: the window that began with the first try, and the one before it, which weighs in
//! with the part that the sliding window still covers, rounded up. Two numbers a key however high
//! the limit, and no more than the limit in any one bucket. The same arithmetic runs in memory and
//! as one conditional upsert in the database; losing a counter resets a limit and nothing else.

mod memory;

use guardhouse_core::time::Timestamp;

pub use self::memory::{KEYS, Memory};
use crate::{BATCH, Db, Result, Row, migrations::Migration, params};

pub(crate) const MIGRATION: Migration = Migration {
    number: 2,
    feature: "store",
    name: "counters",
    sql: "create table counters (
        key BLOB primary key, window_start INTEGER not null, previous INTEGER not null,
        current INTEGER not null, expires_at INTEGER not null) STRICT;
    create index counters_expires_at on counters (expires_at);",
    oldest_binary: 0,
};

pub(crate) mod store {
    #![expect(unreachable_pub, reason = "the macro declares as features want it")]

    crate::statements! {
        /// `$1` key, `$2` now, `$3` window, `$4` limit, `$5` expiry. No row means refused.
        CHARGE = "insert into counters (key, window_start, previous, current, expires_at) values ($1, $2, 0, 1, $5)
            on conflict (key) do update set
                window_start = case
                    when $2 < counters.window_start + $3 then counters.window_start
                    when $2 < counters.window_start + $3 + $3 then counters.window_start + $3
                    else $2 end,
                previous = case
                    when $2 < counters.window_start + $3 then counters.previous
                    when $2 < counters.window_start + $3 + $3 then counters.current
                    else 0 end,
                current = case when $2 < counters.window_start + $3 then counters.current + 1 else 1 end,
                expires_at = excluded.expires_at
            where case
                when $2 < counters.window_start + $3 then counters.current
                    + (counters.previous * (counters.window_start + $3 - $2) + $3 - 1) / $3
                when $2 < counters.window_start + $3 + $3
                    then (counters.current * (counters.window_start + $3 + $3 - $2) + $3 - 1) / $3
                else 0 end < $4
            returning window_start, previous, current";
        PEEK = "select window_start, previous, current from counters where key = $1";
        REFUND = "update counters set
                previous = case when current > 0 then previous else previous - 1 end,
                current = case when current > 0 then current - 1 else 0 end
            where key = $1 and current + previous > 0";
        PRUNE = "delete from counters where key in
            (select key from counters where expires_at <= $1 limit $2)";
    }
}

/// So many tries in so long a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Tries, at most a million; 0 refuses all.
    pub count: u32,
    /// The window in microseconds, at most 31 days.
    pub window_micros: i64,
}

impl Rate {
    /// Within these bounds no product below leaves 64 bits.
    fn bounds(self) -> (i64, i64) {
        const MONTH: i64 = 31 * 86_400 * 1_000_000;
        (i64::from(self.count.min(1_000_000)), self.window_micros.clamp(1, MONTH))
    }
}

/// What a try was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Whether the try is within the limit.
    pub allowed: bool,
    /// How many more would be.
    pub remaining: u32,
    /// Microseconds until a try is allowed again; 0 when one is now.
    pub reset_micros: i64,
}

/// Where the counts are kept.
#[derive(Clone, Debug)]
pub enum Counters {
    /// In this process.
    Memory(Memory),
    /// In the database, for all nodes.
    Database(Db),
}

impl Counters {
    /// Counters of this process alone.
    pub fn memory() -> Self {
        Self::Memory(Memory::default())
    }

    /// Counts a try if it is allowed; one that is refused does not count. A key belongs to one
    /// limit.
    pub async fn charge(&self, key: &[u8], limit: Rate, now: Timestamp) -> Result<Charge> {
        let db = match self {
            Self::Memory(memory) => return Ok(memory.charge(key, limit, now)),
            Self::Database(db) => db,
        };
        let (count, window) = limit.bounds();
        if count > 0 {
            let ends = now.0 + 2 * window;
            let charged = db.count(&store::CHARGE, params![key, now, window, count, ends]).await?;
            if let Some(row) = charged {
                return Ok(Window::read(&row)?.charge(true, limit, now));
            }
        }
        let found = stored(db, key).await?;
        Ok(Window::at(found, window, now).charge(false, limit, now))
    }

    /// Whether one more try would be allowed; counts none.
    pub async fn spares(&self, key: &[u8], limit: Rate, now: Timestamp) -> Result<bool> {
        let found = match self {
            Self::Memory(memory) => memory.peek(key),
            Self::Database(db) => stored(db, key).await?,
        };
        Ok(Window::at(found, limit.bounds().1, now).admits(limit, now))
    }

    /// Takes a counted try back.
    pub async fn refund(&self, key: &[u8]) -> Result<()> {
        match self {
            Self::Memory(memory) => memory.refund(key),
            Self::Database(db) => drop(db.execute(&store::REFUND, params![key]).await?),
        }
        Ok(())
    }

    /// Removes what counts for nothing any more. Memory bounds itself.
    pub async fn prune(&self, now: Timestamp) -> Result<u64> {
        match self {
            Self::Memory(_) => Ok(0),
            Self::Database(db) => db.execute_in_batches(&store::PRUNE, params![now], BATCH).await,
        }
    }
}

async fn stored(db: &Db, key: &[u8]) -> Result<Option<Window>> {
    let found = db.first(&store::PEEK, params![key]).await?;
    found.as_ref().map(Window::read).transpose()
}

/// The two buckets.
#[derive(Clone, Copy, Debug)]
struct Window {
    start: i64,
    previous: i64,
    current: i64,
}

impl Window {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self { start: row.int(0)?, previous: row.int(1)?, current: row.int(2)? })
    }

    /// The buckets as they stand at `now`; fresh ones where none were kept.
    fn at(found: Option<Self>, window: i64, now: Timestamp) -> Self {
        match found {
            Some(kept) if now.0 < kept.start + window => kept,
            Some(kept) if now.0 < kept.start + 2 * window => {
                Self { start: kept.start + window, previous: kept.current, current: 0 }
            }
            _ => Self { start: now.0, previous: 0, current: 0 },
        }
    }

    /// Tries that the sliding window holds, rounded up.
    fn used(self, window: i64, now: Timestamp) -> i64 {
        let left = self.start + window - now.0;
        self.current + (self.previous * left + window - 1) / window
    }

    fn admits(self, limit: Rate, now: Timestamp) -> bool {
        let (count, window) = limit.bounds();
        self.used(window, now) < count
    }

    fn charge(self, allowed: bool, limit: Rate, now: Timestamp) -> Charge {
        let (count, window) = limit.bounds();
        let remaining = (count - self.used(window, now)).clamp(0, count);
        Charge {
            allowed,
            remaining: u32::try_from(remaining).unwrap_or(0),
            reset_micros: if remaining > 0 { 0 } else { self.reset(count, window, now) },
        }
    }

    /// How long until one more is admitted: until the bucket that weighs in has shrunk enough. A
    /// full current bucket must first become the previous one.
    fn reset(self, count: i64, window: i64, now: Timestamp) -> i64 {
        let (full, ends, room) = if self.current < count {
            (self.previous, self.start + window, count - 1 - self.current)
        } else {
            (self.current, self.start + 2 * window, (count - 1).max(0))
        };
        let left = room * window / full.max(1);
        (ends - left - now.0).max(0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

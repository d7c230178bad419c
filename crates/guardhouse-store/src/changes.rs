//! The change log: how what one process wrote becomes known to all the others.
//!
//! An append-only table that every process reads at least once a second. PostgreSQL hands out
//! numbers before it commits, so a lower one may appear after a higher one; the reader remembers
//! what it has not seen and looks again for ten seconds, twice as long as a statement may take.
//! Notifications only wake it.

use std::borrow::Cow;

use guardhouse_core::time::{Span, Timestamp};
use tokio::sync::watch;

use crate::{BATCH, Db, Result, Row, Unit, migrations::Migration, params};

/// How long a missing number may still appear.
const WINDOW: Span = Span(10_000_000);
/// How far back a fresh reader looks for missing numbers.
const BEHIND: i64 = 1000;
/// Rows of one look-up.
const PAGE: u32 = 1000;
/// How long a row stays at least, so that a node that was away for a while finds its place.
const STAY: Span = Span(600_000_000);

pub(crate) const MIGRATION: Migration = Migration {
    number: 1,
    feature: "store",
    name: "change log",
    sql: "create table change_log (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER not null, node BLOB not null, topic TEXT not null,
        key BLOB not null, value INTEGER not null, keep_until INTEGER not null) STRICT;
    create index change_log_keep_until on change_log (keep_until);",
    oldest_binary: 0,
};

pub(crate) mod store {
    #![expect(unreachable_pub, reason = "the macro declares as features want it")]

    crate::statements! {
        APPEND = "insert into change_log (at, node, topic, key, value, keep_until) values ($1, $2, $3, $4, $5, $6)";
        LAST = "select coalesce(max(seq), 0) from change_log";
        LIVE = "select seq, topic, key, value, keep_until from change_log
            where keep_until > $1 or seq > $2 order by seq";
        FROM = "select seq, topic, key, value, keep_until from change_log where seq >= $1 order by seq limit $2";
        PRUNE = "delete from change_log where seq in (select seq from change_log
            where keep_until <= $1 and at <= $2 and seq < (select max(seq) from change_log) limit $3)";
    }
}

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What kind of thing.
    pub topic: Cow<'static, str>,
    /// Which one.
    pub key: Vec<u8>,
    /// What about it; the topic says what it means.
    pub value: i64,
    /// Until when a starting process must still learn of it, in microseconds since the epoch.
    pub keep_until: i64,
}

/// Adds the change to the unit, so that it is known exactly when the act is durable.
pub fn append(unit: Unit, change: &Change, now: Timestamp, node: [u8; 16]) -> Unit {
    let row = params![now, node, &*change.topic, &change.key, change.value, change.keep_until];
    unit.step(&store::APPEND, row).notify()
}

/// Removes what nobody needs any more; how many rows. The newest row always stays: readers tell by
/// it that the database did not go back in time.
pub async fn prune(db: &Db, now: Timestamp) -> Result<u64> {
    db.execute_in_batches(&store::PRUNE, params![now, now - STAY], BATCH).await
}

/// Numbers not seen yet that are lower than one that was.
#[derive(Debug)]
struct Hole {
    from: i64,
    to: i64,
    since: Timestamp,
}

/// Reads the log, each row once.
#[derive(Debug)]
pub struct ChangeReader {
    db: Db,
    wake: watch::Receiver<()>,
    last: i64,
    holes: Vec<Hole>,
}

impl ChangeReader {
    /// A reader that has seen nothing; [`Self::load`] comes next.
    pub fn start(db: &Db) -> Self {
        Self { db: db.clone(), wake: db.subscribe(), last: 0, holes: Vec::new() }
    }

    /// Completes when the log has probably grown since the last call. A hint, see [`Db::changed`].
    pub async fn changed(&mut self) {
        // The reader holds the database, so the sender is alive.
        let _ = self.wake.changed().await;
    }

    /// All changes that are still to be known, and the place from which [`Self::poll`] goes on.
    pub async fn load(&mut self, now: Timestamp) -> Result<Vec<Change>> {
        let last = self.db.first(&store::LAST, params![]).await?.map_or(Ok(0), |row| row.int(0))?;
        let begin = (last - BEHIND).max(0);
        let rows = self.db.scan(&store::LIVE, params![now, begin]).await?;
        self.last = begin;
        self.holes.clear();
        let mut changes = Vec::new();
        for row in &rows {
            self.sees(row.int(0)?, now);
            let change = read(row)?;
            if change.keep_until > now.0 {
                changes.push(change);
            }
        }
        Ok(changes)
    }

    /// What was appended since. Should the reader's place be gone, because the database was
    /// restored or because it was away for too long, everything still to be known comes again.
    pub async fn poll(&mut self, now: Timestamp) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        let mut placed = self.last == 0;
        let mut from = self.holes.iter().map(|hole| hole.from).min().unwrap_or(self.last).min(self.last);
        loop {
            let rows = self.db.query(&store::FROM, params![from, PAGE]).await?;
            for row in &rows {
                from = row.int(0)?;
                placed |= from == self.last;
                if self.sees(from, now) {
                    changes.push(read(row)?);
                }
            }
            if rows.len() < PAGE as usize {
                break;
            }
            from += 1;
        }
        if !placed {
            return self.load(now).await;
        }
        self.holes.retain(|hole| now.since(hole.since) < WINDOW);
        Ok(changes)
    }

    /// Notes a number; whether it is new.
    fn sees(&mut self, seq: i64, now: Timestamp) -> bool {
        if seq > self.last {
            if seq > self.last + 1 {
                self.holes.push(Hole { from: self.last + 1, to: seq - 1, since: now });
            }
            self.last = seq;
            return true;
        }
        let Some(index) = self.holes.iter().position(|hole| (hole.from..=hole.to).contains(&seq)) else {
            return false;
        };
        let Hole { from, to, since } = self.holes.swap_remove(index);
        let parts = [(from, seq - 1), (seq + 1, to)];
        let parts = parts.into_iter().filter(|(from, to)| from <= to);
        self.holes.extend(parts.map(|(from, to)| Hole { from, to, since }));
        true
    }
}

fn read(row: &Row) -> Result<Change> {
    Ok(Change { topic: Cow::Owned(row.text(1)?), key: row.bytes(2)?, value: row.int(3)?, keep_until: row.int(4)? })
}

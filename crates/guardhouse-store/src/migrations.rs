//! Forward-only migrations with one global number, and the ledger of them.
//!
//! All migrations always run; settings switch routes, never the schema. The texts are written once
//! as SQLite `STRICT` tables. The ledger keeps the oldest binary that may run beside each, so that
//! nodes can be replaced one by one and only a binary that is too old refuses to start.

use std::collections::HashMap;

use data_encoding::HEXLOWER;
use guardhouse_core::{secret::sha256, time::Timestamp};

use crate::{Db, Result, Row, StoreError, Value, params};

/// One step of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Global and unique; the order of running.
    pub number: i64,
    /// The feature whose tables it makes.
    pub feature: &'static str,
    /// What it does.
    pub name: &'static str,
    /// The statements, as SQLite takes them; a column must not be called like a type. Never
    /// changed once released.
    pub sql: &'static str,
    /// The highest migration number known to the oldest binary that may run beside it.
    pub oldest_binary: i64,
}

impl Migration {
    /// Line ends do not count: a checkout may change them.
    fn checksum(&self) -> String {
        HEXLOWER.encode(&sha256(self.sql.replace('\r', "").as_bytes()))
    }

    pub(crate) fn record(&self, now: Timestamp) -> Vec<Value> {
        params![self.number, self.feature, self.name, self.checksum(), self.oldest_binary, now]
    }
}

/// What [`migrate`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The numbers that this process applied; another may have applied the rest.
    pub applied: Vec<i64>,
    /// The highest number in the ledger.
    pub schema: i64,
}

/// Where one migration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The global number.
    pub number: i64,
    /// The feature.
    pub feature: String,
    /// What it does.
    pub name: String,
    /// When it was applied; none while it waits.
    pub applied_at: Option<Timestamp>,
    /// Whether this binary has its text; not so for those of a newer one.
    pub known: bool,
}

pub(crate) const LEDGER: &str = "create table if not exists schema_ledger (
    number INTEGER primary key, feature TEXT not null, name TEXT not null, checksum TEXT not null,
    oldest_binary INTEGER not null, applied_at INTEGER not null) STRICT";

pub(crate) mod store {
    #![expect(unreachable_pub, reason = "the macro declares as features want it")]

    crate::statements! {
        /// Whether there is a ledger.
        LEDGER_EXISTS_ON_SQLITE = "select 1 from sqlite_schema where type = 'table' and name = 'schema_ledger'";
        /// Whether there is a ledger.
        LEDGER_EXISTS_ON_POSTGRES = "select 1 from pg_tables
            where schemaname = current_schema() and tablename = 'schema_ledger'";
        /// Whether the server answers.
        ANSWERS = "select 1";
        /// Touches the file without reading a table.
        SCHEMA_VERSION_ON_SQLITE = "select schema_version from pragma_schema_version";
        /// The whole ledger.
        LIST = "select number, feature, name, checksum, oldest_binary, applied_at from schema_ledger order by number";
        /// Whether one migration was applied.
        APPLIED = "select 1 from schema_ledger where number = $1";
        /// Enters one migration.
        RECORD = "insert into schema_ledger (number, feature, name, checksum, oldest_binary, applied_at)
            values ($1, $2, $3, $4, $5, $6)";
    }
}

/// Applies what the ledger does not have, in order of numbers, each in a transaction of its own.
/// Two processes may do this at once: one waits for the other.
///
/// # Errors
/// [`StoreError::Refused`] when the ledger and this binary do not fit together.
pub async fn migrate(db: &Db, migrations: &[Migration], now: Timestamp) -> Result<Report> {
    migrate_seen(db, migrations, now, |_| ()).await
}

/// [`migrate`], with `seen` told after each of what is [`pending`] how many are done.
///
/// # Errors
/// Those of [`migrate`].
pub async fn migrate_seen(db: &Db, migrations: &[Migration], now: Timestamp, seen: impl Fn(usize)) -> Result<Report> {
    let mut applied = Vec::new();
    for (at, migration) in pending(db, migrations).await?.iter().enumerate() {
        if db.apply(migration, now).await? {
            applied.push(migration.number);
        }
        seen(at + 1);
    }
    // Whoever was waited for may have been another version.
    let ledger = read(db).await?;
    check(&ledger, migrations)?;
    Ok(Report { applied, schema: ledger.last().map_or(0, |entry| entry.number) })
}

/// What [`migrate`] would apply, in order; refuses as it does.
pub async fn pending(db: &Db, migrations: &[Migration]) -> Result<Vec<Migration>> {
    let ledger = read(db).await?;
    check(&ledger, migrations)?;
    let mut waiting = sorted(migrations)?;
    waiting.retain(|migration| !ledger.iter().any(|entry| entry.number == migration.number));
    Ok(waiting)
}

/// Every migration that the ledger or this binary knows, in order. Refuses nothing, so that an
/// operator sees what stands against a start.
pub async fn status(db: &Db, migrations: &[Migration]) -> Result<Vec<Status>> {
    let mut all: Vec<Status> = read(db).await?.into_iter().map(Entry::status).collect();
    for migration in sorted(migrations)? {
        match all.iter_mut().find(|status| status.number == migration.number) {
            Some(status) => status.known = true,
            None => all.push(Status {
                number: migration.number,
                feature: migration.feature.to_owned(),
                name: migration.name.to_owned(),
                applied_at: None,
                known: true,
            }),
        }
    }
    all.sort_by_key(|status| status.number);
    Ok(all)
}

struct Entry {
    number: i64,
    feature: String,
    name: String,
    checksum: String,
    oldest_binary: i64,
    applied_at: Timestamp,
}

impl Entry {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            number: row.int(0)?,
            feature: row.text(1)?,
            name: row.text(2)?,
            checksum: row.text(3)?,
            oldest_binary: row.int(4)?,
            applied_at: Timestamp(row.int(5)?),
        })
    }

    fn status(self) -> Status {
        Status {
            number: self.number,
            feature: self.feature,
            name: self.name,
            applied_at: Some(self.applied_at),
            known: false,
        }
    }
}

async fn read(db: &Db) -> Result<Vec<Entry>> {
    let exists = db.dialect().pick(&store::LEDGER_EXISTS_ON_SQLITE, &store::LEDGER_EXISTS_ON_POSTGRES);
    if db.first(exists, Vec::new()).await?.is_none() {
        return Ok(Vec::new());
    }
    let rows = db.query(&store::LIST, Vec::new()).await?;
    rows.iter().map(Entry::read).collect()
}

fn sorted(migrations: &[Migration]) -> Result<Vec<Migration>> {
    let mut sorted = migrations.to_vec();
    sorted.sort_by_key(|migration| migration.number);
    match sorted.windows(2).find(|pair| pair[0].number == pair[1].number) {
        None => Ok(sorted),
        Some(pair) => Err(StoreError::Refused(format!(
            "migration number {} is taken twice, by `{} {}` and `{} {}`: give one of them the next free number",
            pair[0].number, pair[0].feature, pair[0].name, pair[1].feature, pair[1].name
        ))),
    }
}

fn check(ledger: &[Entry], migrations: &[Migration]) -> Result<()> {
    let highest = migrations.iter().map(|migration| migration.number).max().unwrap_or(0);
    let known: HashMap<i64, &Migration> = migrations.iter().map(|known| (known.number, known)).collect();
    for entry in ledger {
        if entry.oldest_binary > highest {
            return Err(too_old(entry, highest));
        }
        if known.get(&entry.number).is_some_and(|known| known.checksum() != entry.checksum) {
            return Err(changed(entry));
        }
    }
    Ok(())
}

fn too_old(entry: &Entry, highest: i64) -> StoreError {
    StoreError::Refused(format!(
        "this program is too old for its database: migration {} (`{} {}`) needs one that knows migration {}, and \
         this one ends at {highest}; start the newer release again, or restore the backup made before the upgrade",
        entry.number, entry.feature, entry.name, entry.oldest_binary
    ))
}

fn changed(entry: &Entry) -> StoreError {
    StoreError::Refused(format!(
        "migration {} (`{} {}`) was applied with another text than this program has; start the release that \
         applied it, or restore a backup made by this one; a released migration is never changed, a new one is added",
        entry.number, entry.feature, entry.name
    ))
}

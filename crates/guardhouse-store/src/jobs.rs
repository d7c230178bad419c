//! The job queue: an act and the work that follows from it are one commit.
//!
//! A job is claimed for a lease by one conditional update, so no two nodes run it at once. Whoever
//! dies lets the lease run out and another claims it: a job runs at least once. Each claim counts
//! as an attempt; after the last one the job is dead and stays for an operator to look at.

use std::borrow::Cow;

use guardhouse_core::{
    ids::Id,
    time::{Span, Timestamp},
};

use crate::{BATCH, Db, Result, Row, StoreError, Unit, migrations::Migration, params};

pub(crate) const MIGRATION: Migration = Migration {
    number: 3,
    feature: "store",
    name: "jobs",
    sql: "create table jobs (
        id BLOB primary key, kind TEXT not null, payload BLOB not null, run_at INTEGER not null,
        attempts INTEGER not null, max_attempts INTEGER not null, locked_until INTEGER, locked_by BLOB,
        created_at INTEGER not null, last_error TEXT) STRICT;
    create index jobs_due on jobs (kind, run_at);",
    oldest_binary: 0,
};

pub(crate) mod store {
    #![expect(unreachable_pub, reason = "the macro declares as features want it")]

    crate::statements! {
        ENQUEUE = "insert into jobs (id, kind, payload, run_at, attempts, max_attempts, created_at)
            values ($1, $2, $3, $4, 0, $5, $6)";
        CLAIM_ON_SQLITE = "with due as materialized (select id from jobs
                where kind = $1 and run_at <= $2 and attempts < max_attempts
                    and (locked_until is null or locked_until <= $2)
                order by run_at limit $3)
            update jobs set attempts = attempts + 1, locked_until = $4, locked_by = $5
            where id in (select id from due)
            returning id, kind, payload, run_at, attempts, max_attempts, created_at, last_error";
        CLAIM_ON_POSTGRES = "with due as materialized (select id from jobs
                where kind = $1 and run_at <= $2 and attempts < max_attempts
                    and (locked_until is null or locked_until <= $2)
                order by run_at limit $3 for update skip locked)
            update jobs set attempts = attempts + 1, locked_until = $4, locked_by = $5
            where id in (select id from due)
            returning id, kind, payload, run_at, attempts, max_attempts, created_at, last_error";
        FINISH = "delete from jobs where id = $1 and attempts = $2 and locked_until is not null";
        RETRY = "update jobs set run_at = $3, last_error = $4, locked_until = null, locked_by = null
            where id = $1 and attempts = $2 and locked_until is not null";
        BURY = "update jobs set attempts = max_attempts, last_error = $3, locked_until = null, locked_by = null
            where id = $1 and attempts = $2 and locked_until is not null";
        DEAD = "select id, kind, payload, run_at, attempts, max_attempts, created_at, last_error from jobs
            where attempts >= max_attempts and (locked_until is null or locked_until <= $1)
            order by created_at limit $2";
        /// $1 now
        COUNT = "select coalesce(sum(case when attempts < max_attempts or locked_until > $1 then 1 else 0 end), 0),
            coalesce(sum(case when attempts < max_attempts or locked_until > $1 then 0 else 1 end), 0) from jobs";
        PRUNE = "delete from jobs where id in (select id from jobs where attempts >= max_attempts
            and (locked_until is null or locked_until <= $1) and run_at < $2 limit $3)";
    }
}

/// The longest kept error text, in characters.
const ERROR: usize = 500;

/// A piece of work to be done after the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// 16 bytes, unique.
    pub id: [u8; 16],
    /// Who runs it.
    pub kind: Cow<'static, str>,
    /// What its kind needs to know.
    pub payload: Vec<u8>,
    /// Not before this.
    pub run_at: Timestamp,
    /// How often it was claimed so far.
    pub attempts: u32,
    /// How often it may be claimed.
    pub max_attempts: u32,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

impl Job {
    /// A job to run as soon as possible, with ten attempts.
    pub fn new(kind: &'static str, payload: Vec<u8>, now: Timestamp) -> Self {
        Self {
            id: Id::<Self>::new(now).bytes(),
            kind: Cow::Borrowed(kind),
            payload,
            run_at: now,
            attempts: 0,
            max_attempts: 10,
            created_at: now,
            last_error: None,
        }
    }

    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.id16(0)?,
            kind: Cow::Owned(row.text(1)?),
            payload: row.bytes(2)?,
            run_at: Timestamp(row.int(3)?),
            attempts: number(row, 4)?,
            max_attempts: number(row, 5)?,
            created_at: Timestamp(row.int(6)?),
            last_error: row.opt_text(7)?,
        })
    }
}

fn number(row: &Row, column: usize) -> Result<u32> {
    let found = row.int(column)?;
    u32::try_from(found).map_err(|_| StoreError::Corrupt(format!("column {column}: {found} is no count")))
}

/// Adds the job to the unit, so that it exists exactly when the act is durable.
pub fn enqueue(unit: Unit, job: &Job) -> Unit {
    let row = params![job.id, &*job.kind, &job.payload, job.run_at, job.max_attempts, job.created_at];
    unit.step(&store::ENQUEUE, row)
}

/// Claims due jobs of these kinds, oldest first, at most `limit` in all. Nobody else gets them
/// before `now + lease`.
pub async fn claim(db: &Db, kinds: &[&str], now: Timestamp, lease: Span, limit: u32) -> Result<Vec<Job>> {
    let claim = db.dialect().pick(&store::CLAIM_ON_SQLITE, &store::CLAIM_ON_POSTGRES);
    let mut claimed: Vec<Job> = Vec::new();
    for kind in kinds {
        let taken = u32::try_from(claimed.len()).unwrap_or(limit);
        let room = limit.saturating_sub(taken);
        if room == 0 {
            break;
        }
        let unit = Unit::new().step(claim, params![*kind, now, room, now + lease, db.instance()]);
        let steps = db.run(unit).await?.done().unwrap_or_default();
        for row in steps.iter().flatten() {
            claimed.push(Job::read(row)?);
        }
    }
    claimed.sort_by_key(|job| job.run_at);
    Ok(claimed)
}

/// Removes a job that was done. False when its lease had run out and another claimed it.
pub async fn finish(db: &Db, job: &Job) -> Result<bool> {
    Ok(db.execute(&store::FINISH, params![job.id, job.attempts]).await? > 0)
}

/// Gives a job back to be tried at `at`, or leaves it dead when that was its last attempt. False
/// when another has claimed it meanwhile.
pub async fn retry(db: &Db, job: &Job, at: Timestamp, error: &str) -> Result<bool> {
    Ok(db.execute(&store::RETRY, params![job.id, job.attempts, at, shortened(error)]).await? > 0)
}

/// Leaves a job dead that no attempt can help. False when another has claimed it meanwhile.
pub async fn bury(db: &Db, job: &Job, error: &str) -> Result<bool> {
    Ok(db.execute(&store::BURY, params![job.id, job.attempts, shortened(error)]).await? > 0)
}

/// The dead jobs, oldest first.
pub async fn dead(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<Job>> {
    let rows = db.scan(&store::DEAD, params![now, limit]).await?;
    rows.iter().map(Job::read).collect()
}

/// How many jobs there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// That wait or run.
    pub queued: i64,
    /// That no attempt helped.
    pub dead: i64,
}

/// Counts the jobs.
pub async fn count(db: &Db, now: Timestamp) -> Result<Counts> {
    let rows = db.scan(&store::COUNT, params![now]).await?;
    let of = |column| rows.first().map_or(Ok(0), |row| row.int(column));
    Ok(Counts { queued: of(0)?, dead: of(1)? })
}

/// Removes dead jobs that were last due before `before`; how many.
pub async fn prune(db: &Db, now: Timestamp, before: Timestamp) -> Result<u64> {
    db.execute_in_batches(&store::PRUNE, params![now, before], BATCH).await
}

fn shortened(error: &str) -> String {
    error.chars().take(ERROR).collect()
}

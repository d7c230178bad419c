//! Databases, migrations, counters, change log and job queue.
//!
//! One `Db` over SQLite and PostgreSQL, one SQL text for both, plain value kinds. Floor 1: knows no
//! word of authentication.

mod db;
mod ddl;
mod dialect;
mod errors;
mod options;
mod postgres;
mod row;
mod signals;
mod sqlite;
mod statement;
mod stats;
mod unit;
mod value;

pub mod changes;
pub mod counters;
pub mod jobs;
pub mod migrations;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use db::Db;
pub use dialect::Dialect;
pub use errors::{Cause, StoreError};
pub use options::DatabaseOptions;
pub use row::Row;
pub use statement::Statement;
pub use stats::Stats;
pub use unit::{Outcome, Owner, Steps, Unit};
pub use value::Value;

use migrations::Migration;

/// Rows that a sweep touches in one commit: few enough for a fraction of a second.
pub const BATCH: u32 = 5000;

/// The tables of this crate; it keeps the numbers 1 to 9.
pub const MIGRATIONS: &[Migration] = &[changes::MIGRATION, counters::MIGRATION, jobs::MIGRATION];

/// Every statement of this crate, for the test that prepares each on both engines.
pub const STATEMENTS: &[&[Statement]] =
    &[migrations::store::ALL, changes::store::ALL, counters::store::ALL, jobs::store::ALL];

/// What every call of this crate answers.
pub type Result<T> = std::result::Result<T, StoreError>;

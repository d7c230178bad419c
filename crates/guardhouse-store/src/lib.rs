//! Databases, migrations, cache, counters, change log and job queue.
//!
//! One `Db` over SQLite and PostgreSQL, one SQL text for both, plain value kinds. Floor 1: knows no
//! word of authentication.

#![expect(clippy::doc_markdown, reason = "SQLite is a name, not an identifier")]

mod db;
mod ddl;
mod dialect;
mod errors;
mod options;
mod row;
mod signals;
mod sqlite;
mod statement;
mod stats;
mod unit;
mod value;

pub mod migrations;
pub mod testing;

pub use db::Db;
pub use dialect::Dialect;
pub use errors::{Cause, StoreError};
pub use options::DatabaseOptions;
pub use row::Row;
pub use statement::Statement;
pub use stats::Stats;
pub use unit::{Outcome, Steps, Unit};
pub use value::Value;

/// What every call of this crate answers.
pub type Result<T> = std::result::Result<T, StoreError>;

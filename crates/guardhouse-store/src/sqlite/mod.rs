//! SQLite: look-ups inline on the task, scans on reader threads, one writer that gathers.

mod connection;
mod errors;
mod queue;
mod reader;
mod scanner;
mod writer;

use std::{path::Path, sync::Arc};

use guardhouse_core::time::Timestamp;

use crate::{
    DatabaseOptions, Outcome, Result, Row, Statement, Unit, Value,
    migrations::{self, Migration},
    signals::Signals,
};

pub(crate) struct Sqlite {
    readers: reader::Readers,
    scanner: scanner::Scanner,
    writer: writer::Writer,
}

impl Sqlite {
    pub(crate) fn open(path: &Path, options: &DatabaseOptions, signals: Arc<Signals>) -> Result<Self> {
        connection::create(path)?;
        // The writer first: it brings the log and its index into being, without which a
        // connection that may only read cannot open the file.
        let writer = writer::Writer::start(connection::writing(path, options.max_bytes)?, signals)?;
        Ok(Self { readers: reader::Readers::open(path)?, scanner: scanner::Scanner::start(path)?, writer })
    }

    /// A look-up where the task is: 3 µs, less than the hop to another thread.
    pub(crate) async fn query(&self, statement: &Statement, params: &[Value]) -> Result<Vec<Row>> {
        let rows = self.readers.with(|connection| connection::run(connection, statement, params));
        // Without this, a task that only looks up would never give way to the others.
        tokio::task::coop::consume_budget().await;
        Ok(rows?.0)
    }

    pub(crate) async fn scan(&self, statement: Statement, params: Vec<Value>) -> Result<Vec<Row>> {
        self.scanner.ask(move |connection| connection::run(connection, &statement, &params)).await.map(|(rows, _)| rows)
    }

    pub(crate) async fn run(&self, unit: Unit) -> Result<Outcome> {
        self.writer.run(unit).await
    }

    pub(crate) fn prepare(&self, statement: &Statement) -> Result<()> {
        self.readers.with(|connection| connection::prepare(connection, statement))
    }

    /// Runs a migration and its ledger row, unless another process was first.
    pub(crate) async fn apply(&self, migration: &Migration, now: Timestamp) -> Result<bool> {
        let migration = *migration;
        self.writer.exclusively(move |connection| connection::apply(connection, &migration, now)).await
    }

    pub(crate) async fn check(&self) -> Result<()> {
        self.writer.alive()?;
        self.query(&migrations::store::SCHEMA_VERSION_ON_SQLITE, &[]).await.map(drop)
    }
}

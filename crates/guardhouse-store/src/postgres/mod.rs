//! PostgreSQL: look-ups and counts pipelined on shared connections, everything else over a pool.

mod connector;
mod errors;
mod lines;
mod listener;
mod session;
mod tls;
mod values;

use std::{future::Future, sync::Arc, time::Duration};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use guardhouse_core::{secret, time::Timestamp};
use tokio::time::{sleep, timeout};

pub(crate) use self::connector::proven;
use self::{connector::Connector, errors::Failure};
use crate::{
    DatabaseOptions, Outcome, Result, Row, Statement, StoreError, Unit, Value, ddl,
    migrations::{self, Migration},
    signals::Signals,
};

/// How long a connection or a place in the pool is waited for.
const CONNECT: Duration = Duration::from_secs(3);
/// How long one attempt may take. Longer than the server's own limit for a statement (5 s), so
/// this one is met only when the network or the server is stuck.
const STUCK: Duration = Duration::from_secs(8);
/// Attempts at a unit that the server rolled back in favour of another (40001, 40P01).
const ATTEMPTS: u32 = 6;
/// Any constant: the lock of whoever migrates.
const MIGRATION_LOCK: i64 = 0x6775_6172_6468_6f75;

/// A clone is the same server.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
    lines: Arc<lines::Lines>,
    listener: Arc<listener::Listener>,
    signals: Arc<Signals>,
}

impl Postgres {
    pub(crate) fn open(url: &str, options: &DatabaseOptions, signals: Arc<Signals>) -> Result<Self> {
        let connector = Arc::new(Connector::new(url)?);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(connector.config.clone(), connector.tls.clone(), recycling);
        let pool = Pool::builder(manager)
            .max_size(options.connections.max(1))
            .wait_timeout(Some(CONNECT))
            .create_timeout(Some(CONNECT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(StoreError::internal)?;
        Ok(Self {
            pool,
            lines: Arc::new(lines::Lines::new(&connector)),
            listener: Arc::new(listener::Listener::new(connector, Arc::clone(&signals))),
            signals,
        })
    }

    pub(crate) async fn query(&self, statement: &Statement, params: &[Value]) -> Result<Vec<Row>> {
        let asked = within(self.lines.query(statement, params)).await;
        asked.map(|(rows, _)| rows).map_err(|failure| failure.named(statement.name))
    }

    pub(crate) async fn count(&self, statement: &Statement, params: &[Value]) -> Result<Vec<Row>> {
        let asked = within(self.lines.count(statement, params)).await;
        asked.map(|(rows, _)| rows).map_err(|failure| failure.named(statement.name))
    }

    pub(crate) async fn scan(&self, statement: &Statement, params: &[Value]) -> Result<Vec<Row>> {
        let client = self.client().await.map_err(|failure| failure.named(statement.name))?;
        let asked = within(session::run(&client, statement, params)).await;
        if matches!(&asked, Err(failure) if failure.spoils()) {
            discard(client);
        }
        asked.map(|(rows, _)| rows).map_err(|failure| failure.named(statement.name))
    }

    /// In a task of its own: a caller who goes away neither stops it halfway nor costs the pool a
    /// connection.
    pub(crate) async fn run(&self, unit: Unit) -> Result<Outcome> {
        let this = self.clone();
        let done = tokio::spawn(async move { this.persist(&unit).await }).await;
        done.unwrap_or_else(|stopped| Err(StoreError::unavailable(stopped)))
    }

    async fn persist(&self, unit: &Unit) -> Result<Outcome> {
        self.signals.counts.unit();
        let mut attempt = 1;
        let outcome = loop {
            match self.attempt(unit).await {
                Err(failure) if failure.again() && attempt < ATTEMPTS => {
                    // Apart from each other, or the same two would meet again.
                    let jitter = secret::random_below(10 * attempt);
                    sleep(Duration::from_millis(u64::from(2 * attempt + jitter))).await;
                    attempt += 1;
                }
                Err(failure) => return Err(failure.named(unit.steps[0].statement.name)),
                Ok(outcome) => break outcome,
            }
        };
        if outcome.is_done() {
            self.signals.counts.commit();
            if unit.notify {
                self.signals.changed();
            }
        }
        Ok(outcome)
    }

    async fn attempt(&self, unit: &Unit) -> std::result::Result<Outcome, Failure> {
        self.signals.counts.statements(unit.steps.len());
        let client = self.client().await?;
        let outcome = within(session::unit(&client, unit)).await;
        // A session that failed in a way of its own may still hold the transaction.
        if matches!(&outcome, Err(failure) if failure.spoils()) {
            discard(client);
        }
        outcome
    }

    async fn client(&self) -> std::result::Result<Object, Failure> {
        self.pool.get().await.map_err(Failure::pool)
    }

    pub(crate) async fn prepare(&self, statement: &Statement) -> Result<()> {
        let told = |failure: Failure| failure.named(statement.name);
        let client = self.client().await.map_err(told)?;
        let prepared = client.prepare(statement.sql).await.map_err(Failure::from).map_err(told)?;
        match prepared.columns().iter().find(|column| !values::readable(column.type_())) {
            None => Ok(()),
            Some(column) => Err(values::unreadable(column.name(), column.type_())),
        }
    }

    /// Runs a migration and its ledger row, unless another process was first.
    pub(crate) async fn apply(&self, migration: &Migration, now: Timestamp) -> Result<bool> {
        let told = |failure: Failure| failure.named(migration.name);
        let mut client = self.client().await.map_err(told)?;
        session::apply(&mut client, migration, now).await.map_err(told)
    }

    pub(crate) async fn check(&self) -> Result<()> {
        self.query(&migrations::store::ANSWERS, &[]).await.map(drop)
    }

    /// Begins to listen for what other nodes append, at the first call.
    pub(crate) fn listen(&self) {
        self.listener.start();
    }
}

/// One statement on a connection of its own, outside any transaction: `create database`.
#[cfg(any(test, feature = "testing"))]
pub(crate) async fn once(url: &str, sql: &str) -> Result<()> {
    let connector = Connector::new(url)?;
    let client = connector.connect().await.map_err(|failure| failure.named("connect"))?;
    client.batch_execute(sql).await.map_err(Failure::from).map_err(|failure| failure.named(sql))
}

async fn within<T>(work: impl Future<Output = std::result::Result<T, Failure>>) -> std::result::Result<T, Failure> {
    timeout(STUCK, work).await.unwrap_or(Err(Failure::Stuck))
}

/// Closes a connection instead of giving it back; the server then rolls back what was open.
fn discard(client: Object) {
    drop(Object::take(client));
}

fn migration_lock() -> String {
    format!(
        "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; \
         select pg_advisory_xact_lock({MIGRATION_LOCK}); {}",
        ddl::for_postgres(migrations::LEDGER)
    )
}

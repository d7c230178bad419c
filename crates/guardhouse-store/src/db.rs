//! One database handle over both engines.

use std::{future::Future, sync::Arc, time::Duration};

use guardhouse_core::{secret, time::Timestamp};
use tokio::sync::watch;

use crate::{
    DatabaseOptions, Dialect, Outcome, Owner, Result, Row, Statement, Stats, StoreError, Unit, Value,
    migrations::Migration, options::Target, postgres::Postgres, signals::Signals, sqlite::Sqlite,
};

/// How long [`Db::check`] waits for an answer.
const CHECK: Duration = Duration::from_secs(2);

/// A database; a clone is the same one.
#[derive(Clone)]
pub struct Db {
    engine: Arc<Engine>,
    signals: Arc<Signals>,
    instance: [u8; 16],
}

/// The futures of PostgreSQL are large and therefore boxed: SQLite's, which mostly answer at once,
/// would have to be moved about with the same room.
enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Db {
    /// Opens the database. A SQLite file and its folder are made when missing, readable by this
    /// user alone; a PostgreSQL server is reached at the first use, so one that is away for the
    /// moment does not keep the program from starting.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for an unusable URL, [`StoreError::Unavailable`] for a file that
    /// cannot be opened.
    pub fn open(options: &DatabaseOptions) -> Result<Self> {
        let signals = Arc::new(Signals::new());
        let engine = match options.target()? {
            Target::Sqlite(path) => Engine::Sqlite(Sqlite::open(&path, options, Arc::clone(&signals))?),
            Target::Postgres(url) => Engine::Postgres(Postgres::open(url, options, Arc::clone(&signals))?),
        };
        Ok(Self { engine: Arc::new(engine), signals, instance: secret::random() })
    }

    /// Which engine answers.
    pub fn dialect(&self) -> Dialect {
        match *self.engine {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A look-up of few rows. Answers on the calling task on SQLite; lists belong to [`Self::scan`].
    pub async fn query(&self, statement: &Statement, params: Vec<Value>) -> Result<Vec<Row>> {
        self.signals.counts.statements(1);
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.query(statement, &params).await,
            Engine::Postgres(postgres) => Box::pin(postgres.query(statement, &params)).await,
        }
    }

    /// The first row of a look-up.
    pub async fn first(&self, statement: &Statement, params: Vec<Value>) -> Result<Option<Row>> {
        let rows = self.query(statement, params).await?;
        Ok(rows.into_iter().next())
    }

    /// Lists, searches and scans, away from the tasks that answer look-ups.
    pub async fn scan(&self, statement: &Statement, params: Vec<Value>) -> Result<Vec<Row>> {
        self.signals.counts.statements(1);
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.scan(*statement, params).await,
            Engine::Postgres(postgres) => Box::pin(postgres.scan(statement, &params)).await,
        }
    }

    /// The same among the rows of one owner; see [`Unit::within`].
    pub async fn scan_within(&self, owner: Owner, statement: &Statement, params: Vec<Value>) -> Result<Vec<Row>> {
        match &*self.engine {
            Engine::Sqlite(_) => self.scan(statement, params).await,
            Engine::Postgres(_) => {
                let outcome = self.run(Unit::new().step(statement, params).within(owner)).await?;
                Ok(outcome.done().and_then(|steps| steps.into_iter().next()).unwrap_or_default())
            }
        }
    }

    /// One write; how many rows it touched.
    pub async fn execute(&self, statement: &Statement, params: Vec<Value>) -> Result<u64> {
        match self.run(Unit::new().step(statement, params)).await? {
            Outcome::Done(steps) => Ok(steps.affected(0)),
            Outcome::Refused { .. } => Ok(0),
        }
    }

    /// A write that may touch any number of rows, `batch` of them in each commit, so that others write in between and no
    /// statement runs into the server's limit. The statement takes `batch` as its last parameter. How many rows.
    pub async fn execute_in_batches(&self, statement: &Statement, params: Vec<Value>, batch: u32) -> Result<u64> {
        let mut params = params;
        params.push(batch.into());
        let mut touched = 0;
        loop {
            let some = self.execute(statement, params.clone()).await?;
            touched += some;
            if some < u64::from(batch) {
                return Ok(touched);
            }
        }
    }

    /// One write with `RETURNING`; its first row.
    pub async fn returning(&self, statement: &Statement, params: Vec<Value>) -> Result<Option<Row>> {
        let outcome = self.run(Unit::new().step(statement, params)).await?;
        Ok(outcome.done().and_then(crate::Steps::into_first))
    }

    /// One write with `RETURNING` that may be lost in a crash and must not be waited for, as those of counters; its
    /// first row. On PostgreSQL nobody waits for the disk, and a lost connection may have it written twice.
    pub(crate) async fn count(&self, statement: &Statement, params: Vec<Value>) -> Result<Option<Row>> {
        match &*self.engine {
            Engine::Sqlite(_) => self.returning(statement, params).await,
            Engine::Postgres(postgres) => {
                self.signals.counts.unit();
                self.signals.counts.statements(1);
                Ok(Box::pin(postgres.count(statement, &params)).await?.into_iter().next())
            }
        }
    }

    /// Runs a unit: durable when it answers [`Outcome::Done`], and otherwise nothing happened.
    /// Once handed over, it is finished or skipped whole, even when the caller no longer waits.
    ///
    /// # Errors
    /// After [`StoreError::Unavailable`] from PostgreSQL the unit may be durable all the same: the
    /// connection was lost before the server said so. Ask again, don't assume.
    pub async fn run(&self, unit: Unit) -> Result<Outcome> {
        if unit.is_empty() {
            return Ok(Outcome::Done(crate::Steps::default()));
        }
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.run(unit).await,
            Engine::Postgres(postgres) => Box::pin(postgres.run(unit)).await,
        }
    }

    /// Whether the database answers, in two seconds at most.
    pub async fn check(&self) -> Result<()> {
        let asked = async {
            match &*self.engine {
                Engine::Sqlite(sqlite) => sqlite.check().await,
                Engine::Postgres(postgres) => Box::pin(postgres.check()).await,
            }
        };
        let answer = tokio::time::timeout(CHECK, asked).await;
        answer.unwrap_or_else(|_| Err(StoreError::unavailable("no answer within two seconds")))
    }

    /// What was asked since [`Self::open`].
    pub fn stats(&self) -> Stats {
        self.signals.counts.read()
    }

    /// Completes once the change log has grown since this call: by this process, or, on PostgreSQL,
    /// by any. Take it before reading the log, and no row is missed in between. Only a hint:
    /// other processes on SQLite, and a lost connection to PostgreSQL, wake nobody.
    pub fn changed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut wake = self.subscribe();
        async move {
            // An error means that the database was closed: nothing to wait for any more.
            let _ = wake.changed().await;
        }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        if let Engine::Postgres(postgres) = &*self.engine {
            postgres.listen();
        }
        self.signals.subscribe()
    }

    /// Tells this opening of the database from every other.
    pub(crate) fn instance(&self) -> [u8; 16] {
        self.instance
    }

    pub(crate) async fn apply(&self, migration: &Migration, now: Timestamp) -> Result<bool> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.apply(migration, now).await,
            Engine::Postgres(postgres) => Box::pin(postgres.apply(migration, now)).await,
        }
    }

    /// Parses the statement on the engine without running it.
    pub async fn prepare(&self, statement: &Statement) -> Result<()> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.prepare(statement),
            Engine::Postgres(postgres) => Box::pin(postgres.prepare(statement)).await,
        }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({:?})", self.dialect())
    }
}

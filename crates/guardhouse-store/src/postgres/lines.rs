//! Connections that everybody shares: two for look-ups, one for counts.
//!
//! What they carry is pipelined: each statement is sent at once and answered in turn, half again as many a second
//! as over a pool. They are short by agreement; what may be long goes to the pool. Counts have a line of their own,
//! whose commits do not wait for the disk: losing one resets a limit and nothing else.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use deadpool_postgres::ClientWrapper;
use tokio::sync::Mutex;

use super::{connector::Connector, errors::Failure, session};
use crate::{Row, Statement, Value};

const LOOK_UPS: usize = 2;

pub(super) struct Lines {
    look_ups: [Line; LOOK_UPS],
    counts: Line,
    next: AtomicUsize,
}

impl Lines {
    pub(super) fn new(connector: &Arc<Connector>) -> Self {
        let quick = Arc::new(connector.without_waiting_for_the_disk());
        Self {
            look_ups: std::array::from_fn(|_| Line::new(Arc::clone(connector))),
            counts: Line::new(quick),
            next: AtomicUsize::new(0),
        }
    }

    pub(super) async fn query(&self, statement: &Statement, params: &[Value]) -> Result<(Vec<Row>, u64), Failure> {
        let next = self.next.fetch_add(1, Relaxed) % LOOK_UPS;
        self.look_ups[next].ask(statement, params).await
    }

    pub(super) async fn count(&self, statement: &Statement, params: &[Value]) -> Result<(Vec<Row>, u64), Failure> {
        self.counts.ask(statement, params).await
    }
}

struct Line {
    connector: Arc<Connector>,
    open: Mutex<Option<Arc<ClientWrapper>>>,
}

impl Line {
    fn new(connector: Arc<Connector>) -> Self {
        Self { connector, open: Mutex::default() }
    }

    /// Asks once more where the line turned out to be dead or its statements stale: a look-up changes nothing, and a
    /// count too many only makes a limit stricter.
    async fn ask(&self, statement: &Statement, params: &[Value]) -> Result<(Vec<Row>, u64), Failure> {
        match self.once(statement, params).await {
            Err(failure) if failure.spoils() || failure.stale() => self.once(statement, params).await,
            answer => answer,
        }
    }

    async fn once(&self, statement: &Statement, params: &[Value]) -> Result<(Vec<Row>, u64), Failure> {
        let client = self.client().await?;
        session::run(&client, statement, params).await
    }

    /// The connection, made anew where it has been closed. Others wait for the same attempt.
    async fn client(&self) -> Result<Arc<ClientWrapper>, Failure> {
        let mut slot = self.open.lock().await;
        match &*slot {
            Some(client) if !client.is_closed() => Ok(Arc::clone(client)),
            _ => {
                let made = Arc::new(self.connector.connect().await?);
                *slot = Some(Arc::clone(&made));
                Ok(made)
            }
        }
    }
}

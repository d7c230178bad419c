//! Two connections that everybody's look-ups share.
//!
//! Look-ups are pipelined: each is sent at once and answered in turn, half again as many a second
//! as over a pool. They are short by agreement; what may be long goes to the pool.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use deadpool_postgres::ClientWrapper;
use tokio::sync::Mutex;

use super::{connector::Connector, errors::Failure, session};
use crate::{Row, Statement, Value};

const LINES: usize = 2;

pub(super) struct Lines {
    connector: Arc<Connector>,
    open: [Mutex<Option<Arc<ClientWrapper>>>; LINES],
    next: AtomicUsize,
}

impl Lines {
    pub(super) fn new(connector: Arc<Connector>) -> Self {
        Self { connector, open: Default::default(), next: AtomicUsize::new(0) }
    }

    /// Asks once more where the line turned out to be dead or its statements stale: a look-up
    /// changes nothing, so asking twice is harmless.
    pub(super) async fn query(&self, statement: &Statement, params: &[Value]) -> Result<(Vec<Row>, u64), Failure> {
        let next = self.next.fetch_add(1, Relaxed) % LINES;
        match self.ask(next, statement, params).await {
            Err(failure) if failure.spoils() || failure.stale() => self.ask(next, statement, params).await,
            answer => answer,
        }
    }

    async fn ask(&self, line: usize, statement: &Statement, params: &[Value]) -> Result<(Vec<Row>, u64), Failure> {
        let client = self.line(line).await?;
        session::run(&client, statement, params).await
    }

    /// The line, made anew where it has been closed. Others wait for the same attempt.
    async fn line(&self, line: usize) -> Result<Arc<ClientWrapper>, Failure> {
        let mut slot = self.open[line].lock().await;
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

//! Threads for lists, searches and scans, which would hold up a task for too long.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::connection;
use crate::{Result, StoreError};

const THREADS: usize = 2;
/// Scans that may wait before their callers do.
const QUEUE: usize = 64;

type Work = Box<dyn FnOnce(&Connection) + Send>;

/// Two threads with a connection each. They end when the database is dropped.
pub(crate) struct Scanner {
    queue: mpsc::Sender<Work>,
}

impl Scanner {
    pub(crate) fn start(path: &Path) -> Result<Self> {
        let (queue, waiting) = mpsc::channel::<Work>(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..THREADS {
            let connection = connection::reading(path)?;
            let waiting = Arc::clone(&waiting);
            thread::Builder::new()
                .name("database scan".into())
                .spawn(move || serve(&connection, &waiting))
                .map_err(StoreError::unavailable)?;
        }
        Ok(Self { queue })
    }

    /// Runs the work on one of the threads; it is skipped when nobody waits for it any more.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            if !answer.is_closed() {
                // Nobody is told when the caller has gone meanwhile.
                let _ = answer.send(work(connection));
            }
        });
        self.queue.send(work).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

fn serve(connection: &Connection, waiting: &Mutex<mpsc::Receiver<Work>>) {
    loop {
        // The lock is held while waiting and let go before working.
        let work = waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        match work {
            Some(work) => work(connection),
            None => return,
        }
    }
}

fn stopped() -> StoreError {
    StoreError::unavailable("the threads for scans have stopped")
}

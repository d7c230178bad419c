//! A few connections for look-ups on the calling task.

use std::{
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::available_parallelism,
};

use rusqlite::Connection;

use super::connection;
use crate::Result;

/// As many connections as cores, so that no look-up waits for another.
pub(crate) struct Readers {
    connections: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let number = available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8));
        let connections = (0..number).map(|_| connection::reading(path).map(Mutex::new));
        Ok(Self { connections: connections.collect::<Result<_>>()?, next: AtomicUsize::new(0) })
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        work(&self.free())
    }

    /// The first that nobody uses; when all are used, the wait is for one look-up.
    fn free(&self) -> MutexGuard<'_, Connection> {
        if let Some(free) = self.connections.iter().find_map(|connection| connection.try_lock().ok()) {
            return free;
        }
        let next = self.next.fetch_add(1, Relaxed) % self.connections.len();
        // A look-up leaves nothing half done, so a panic in one does not spoil the connection.
        self.connections[next].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

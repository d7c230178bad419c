//! Counts of what the database was asked, so that a test can count instead of measure.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How much was done since the database was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Durable commits. On SQLite each is one sync of the log.
    pub commits: u64,
    /// Units and single writes that were asked for and answered.
    pub units: u64,
    /// Statements sent to the database, reads included.
    pub statements: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    commits: AtomicU64,
    units: AtomicU64,
    statements: AtomicU64,
}

impl Counts {
    pub(crate) fn commit(&self) {
        self.commits.fetch_add(1, Relaxed);
    }

    pub(crate) fn unit(&self) {
        self.units.fetch_add(1, Relaxed);
    }

    pub(crate) fn statements(&self, number: usize) {
        self.statements.fetch_add(number as u64, Relaxed);
    }

    pub(crate) fn read(&self) -> Stats {
        Stats {
            commits: self.commits.load(Relaxed),
            units: self.units.load(Relaxed),
            statements: self.statements.load(Relaxed),
        }
    }
}

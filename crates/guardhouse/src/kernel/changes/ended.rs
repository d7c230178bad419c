//! The set of what recently ended, in memory.

use std::{
    collections::HashMap,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use guardhouse_core::time::{Span, Timestamp, stopwatch};

use super::Topic;

/// See the module.
pub struct Ended {
    set: RwLock<HashMap<(Topic, [u8; 16]), Timestamp>>,
    started: Instant,
    /// Microseconds after `started` when the last reading of the log to its end began.
    read: AtomicU64,
    lease: Span,
}

/// When a reading of the log began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Ended {
    /// An empty set that vouches for nobody until the log was read for longer than `lease`.
    pub fn new(lease: Span) -> Self {
        Self { set: RwLock::default(), started: stopwatch(), read: AtomicU64::new(0), lease }
    }

    /// Remembers that something ended, until `keep_until` or as long as it was said before, whichever is later.
    pub fn add(&self, topic: Topic, id: [u8; 16], keep_until: Timestamp) {
        let mut set = self.set.write().unwrap_or_else(PoisonError::into_inner);
        let until = set.entry((topic, id)).or_insert(keep_until);
        *until = keep_until.max(*until);
    }

    /// Whether it ended.
    pub fn contains(&self, topic: Topic, id: [u8; 16]) -> bool {
        self.set.read().unwrap_or_else(PoisonError::into_inner).contains_key(&(topic, id))
    }

    /// Forgets what no token can name any more.
    pub fn sweep(&self, now: Timestamp) {
        self.set.write().unwrap_or_else(PoisonError::into_inner).retain(|_, until| *until > now);
    }

    /// How much is remembered.
    pub fn len(&self) -> usize {
        self.set.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// This moment, to be taken before the log is read.
    pub fn moment(&self) -> Moment {
        Moment(self.elapsed())
    }

    /// The log was read to its end, in a reading that began at `since`. What was appended while it went on may have
    /// been missed, so the lease counts from there (rulings 13).
    pub fn renew(&self, since: Moment) {
        self.read.fetch_max(since.0, Ordering::AcqRel);
    }

    /// Whether the log was read lately enough to vouch for a credential.
    pub fn current(&self) -> bool {
        let age = self.elapsed().saturating_sub(self.read.load(Ordering::Acquire));
        i64::try_from(age).is_ok_and(|age| age <= self.lease.0)
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

//! What was read lately, in memory: bounded, forgotten when told, and after a while in any case.

use std::{
    hash::Hash,
    sync::atomic::{AtomicU64, Ordering},
};

use guardhouse_core::time::{Span, Timestamp};
use quick_cache::sync::Cache;

/// See the module. Values are cheap to clone, as an `Arc` is.
pub struct Remembered<K, V> {
    entries: Cache<K, (V, Timestamp)>,
    /// Bounds what a lost notice could leave behind; the change log is much sooner.
    kept: Span,
    /// Counts every forgetting: what was read before one may not be put in after it.
    epoch: AtomicU64,
}

impl<K: Copy + Eq + Hash, V: Clone> Remembered<K, V> {
    /// Remembers so many at most, and each for so long.
    pub fn new(capacity: usize, kept: Span) -> Self {
        Self { entries: Cache::new(capacity), kept, epoch: AtomicU64::new(0) }
    }

    /// What is remembered.
    pub fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        self.entries.get(key).filter(|(_, until)| *until > now).map(|(value, _)| value)
    }

    /// Reads and remembers, unless something was forgotten while it was read: then what was read may be what was to be
    /// forgotten.
    pub async fn read<E>(
        &self,
        key: K,
        now: Timestamp,
        reading: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<V>, E> {
        let epoch = self.epoch();
        let Some(value) = reading.await? else { return Ok(None) };
        self.entries.insert(key, (value.clone(), now + self.kept));
        // Looked at after the insertion, since a forgetting in between found nothing to remove.
        if self.epoch() != epoch {
            self.entries.remove(&key);
        }
        Ok(Some(value))
    }

    fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Forgets one.
    pub fn forget(&self, key: &K) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.entries.remove(key);
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.entries.clear();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    type Found = Result<Option<u8>, ()>;

    #[tokio::test]
    async fn what_is_read_is_remembered_until_it_is_forgotten_or_old() {
        let (one, now) = (Remembered::new(10, Span::seconds(30)), Timestamp(0));
        assert_eq!(one.read(1, now, async { Found::Ok(Some(7)) }).await, Ok(Some(7)));
        assert_eq!(one.read(2, now, async { Found::Ok(None) }).await, Ok(None));
        assert_eq!((one.get(&1, now), one.get(&2, now)), (Some(7), None));
        assert_eq!(one.get(&1, now + Span::seconds(30)), None);
        one.forget(&1);
        assert_eq!(one.get(&1, now), None);
    }

    #[tokio::test]
    async fn what_was_forgotten_while_it_was_read_is_not_put_back() {
        let (one, now) = (Remembered::new(10, Span::seconds(30)), Timestamp(0));
        let meanwhile = async {
            one.forget(&1);
            Found::Ok(Some(7))
        };
        assert_eq!(one.read(1, now, meanwhile).await, Ok(Some(7)), "it answers whoever asked before");
        assert_eq!(one.get(&1, now), None);
        let meanwhile = async {
            one.clear();
            Found::Ok(Some(7))
        };
        one.read(1, now, meanwhile).await.unwrap();
        assert_eq!(one.get(&1, now), None);
    }
}

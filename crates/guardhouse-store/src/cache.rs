//! A bounded cache in memory whose entries end by themselves.

use std::{borrow::Borrow, fmt, hash::Hash};

use guardhouse_core::time::Timestamp;

/// Keeps at most so many entries and forgets the least useful first. Losing an entry costs a
/// look-up, so nothing may be stored here alone.
pub struct Cache<K, V>(quick_cache::sync::Cache<K, Entry<V>>);

#[derive(Clone)]
struct Entry<V> {
    value: V,
    expires_at: Timestamp,
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// A cache for this many entries.
    pub fn new(capacity: usize) -> Self {
        Self(quick_cache::sync::Cache::new(capacity))
    }

    /// The value, unless it ended. `V` is cloned, so it had better be an `Arc`.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q, now: Timestamp) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let entry = self.0.get(key)?;
        (now < entry.expires_at).then_some(entry.value)
    }

    /// Stores the value until `expires_at`.
    pub fn put(&self, key: K, value: V, expires_at: Timestamp) {
        self.0.insert(key, Entry { value, expires_at });
    }

    /// Forgets one entry.
    pub fn remove<Q: Hash + Eq + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.0.remove(key);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0.clear();
    }

    /// How many entries are held, ended ones included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Shows no entry: they are credentials.
impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_ends_at_its_time_and_can_be_removed() {
        let cache = Cache::new(8);
        cache.put("key".to_owned(), 1, Timestamp(10));
        assert_eq!(cache.get("key", Timestamp(9)), Some(1));
        assert_eq!(cache.get("key", Timestamp(10)), None);
        cache.put("key".to_owned(), 2, Timestamp(20));
        cache.remove("key");
        assert_eq!(cache.get("key", Timestamp(10)), None);
    }

    #[test]
    fn it_never_holds_more_than_its_capacity() {
        let cache = Cache::new(16);
        (0..1000).for_each(|key| cache.put(key, (), Timestamp(1)));
        assert!(cache.len() <= 16);
    }
}

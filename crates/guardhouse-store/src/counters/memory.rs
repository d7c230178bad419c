//! The counters of one process.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, RandomState},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use guardhouse_core::time::Timestamp;

use super::{Charge, Rate, Window};

/// The most keys kept, 8 MB or so. Beyond it, those not touched for longest are forgotten, half at
/// a time; the keys of an attack are touched often and stay.
pub const KEYS: usize = 65_536;
const SHARDS: usize = 16;
/// Keys of one generation of one shard.
const GENERATION: usize = KEYS / SHARDS / 2;

/// Counters in memory; a clone counts on the same.
#[derive(Clone, Default)]
pub struct Memory(Arc<Shards>);

#[derive(Default)]
struct Shards {
    shards: [Mutex<Shard>; SHARDS],
    /// Keyed by chance, so that nobody can choose keys that meet in one shard.
    hasher: RandomState,
}

/// Two generations: a touched key moves to the young one, and when that is full the old one goes.
/// Forgetting costs nothing per try, however many keys an attacker sends.
#[derive(Default)]
struct Shard {
    young: HashMap<Box<[u8]>, Window>,
    old: HashMap<Box<[u8]>, Window>,
}

impl Shard {
    fn get(&self, key: &[u8]) -> Option<Window> {
        self.young.get(key).or_else(|| self.old.get(key)).copied()
    }

    fn put(&mut self, key: &[u8], window: Window) {
        if let Some(known) = self.young.get_mut(key) {
            *known = window;
            return;
        }
        self.old.remove(key);
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key.into(), window);
    }
}

impl Memory {
    pub(super) fn charge(&self, key: &[u8], limit: Rate, now: Timestamp) -> Charge {
        self.with(key, |shard| {
            let mut window = Window::at(shard.get(key), limit.bounds().1, now);
            let allowed = window.admits(limit, now);
            if allowed {
                window.current += 1;
                shard.put(key, window);
            }
            window.charge(allowed, limit, now)
        })
    }

    pub(super) fn peek(&self, key: &[u8]) -> Option<Window> {
        self.with(key, |shard| shard.get(key))
    }

    pub(super) fn refund(&self, key: &[u8]) {
        self.with(key, |shard| {
            let Some(mut window) = shard.get(key) else { return };
            let bucket = if window.current > 0 { &mut window.current } else { &mut window.previous };
            *bucket = (*bucket - 1).max(0);
            shard.put(key, window);
        });
    }

    /// How many keys are held.
    pub fn len(&self) -> usize {
        let shards = self.0.shards.iter();
        shards
            .map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner))
            .map(|s| s.young.len() + s.old.len())
            .sum()
    }

    /// Whether no key is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn with<T>(&self, key: &[u8], work: impl FnOnce(&mut Shard) -> T) -> T {
        #[expect(clippy::cast_possible_truncation, reason = "any bits of the hash will do")]
        let shard = self.0.hasher.hash_one(key) as usize % SHARDS;
        // A panic in between leaves a counter as it was.
        work(&mut self.0.shards[shard].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Shows no key: they are network addresses.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

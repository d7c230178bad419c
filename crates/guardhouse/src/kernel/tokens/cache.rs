//! Access tokens whose signature was checked already, by their SHA-256: a signature costs ten requests.
//!
//! Only what never changes is kept. Expiry and revocation are looked at on every use.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use guardhouse_core::{
    ids::{AccountId, SessionId, TenantId},
    principal::Assurance,
};
use quick_cache::sync::Cache;

const CAPACITY: usize = 50_000;

/// What a genuine token says.
#[derive(Debug)]
pub struct Seen {
    /// The account.
    pub subject: AccountId,
    /// The session.
    pub session: Option<SessionId>,
    /// The tenant.
    pub tenant: Option<TenantId>,
    /// Who acts in the account's name.
    pub actor: Option<AccountId>,
    /// Expires at, in seconds since the epoch.
    pub expires: i64,
    /// How strongly the person proved who they are.
    pub assurance: Arc<Assurance>,
}

/// See the module.
pub struct TokenCache {
    entries: Cache<[u8; 32], Arc<Seen>>,
    /// Counts every clearing: a signature checked with the keys before one may not be remembered after it.
    epoch: AtomicU64,
}

impl Default for TokenCache {
    fn default() -> Self {
        Self { entries: Cache::new(CAPACITY), epoch: AtomicU64::new(0) }
    }
}

impl TokenCache {
    pub(super) fn get(&self, digest: &[u8; 32]) -> Option<Arc<Seen>> {
        self.entries.get(digest)
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    pub(super) fn put(&self, digest: [u8; 32], seen: Arc<Seen>, epoch: u64) {
        self.entries.insert(digest, seen);
        if self.epoch() != epoch {
            self.entries.remove(&digest);
        }
    }

    /// Forgets all: a key may have been retired. To be called once the keys are the new ones.
    pub fn clear(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.entries.clear();
    }
}

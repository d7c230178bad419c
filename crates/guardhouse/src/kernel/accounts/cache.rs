//! Accounts seen lately. Bounded, forgotten when the change log says so, and after half a minute in any case.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use guardhouse_core::{
    ids::AccountId,
    time::{Span, Timestamp},
};
use quick_cache::sync::Cache;

use super::Account;

const CAPACITY: usize = 20_000;
const KEPT: Span = Span::seconds(30);

/// See the module.
pub struct AccountCache {
    entries: Cache<AccountId, (Arc<Account>, Timestamp)>,
    /// Counts every forgetting: what was read before one may not be put in after it.
    epoch: AtomicU64,
}

impl Default for AccountCache {
    fn default() -> Self {
        Self { entries: Cache::new(CAPACITY), epoch: AtomicU64::new(0) }
    }
}

impl AccountCache {
    pub(super) fn get(&self, id: AccountId, now: Timestamp) -> Option<Arc<Account>> {
        self.entries.get(&id).filter(|(_, until)| *until > now).map(|(account, _)| account)
    }

    /// To be read before the database is.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    pub(super) fn put(&self, account: Arc<Account>, epoch: u64, now: Timestamp) {
        let id = account.id;
        self.entries.insert(id, (account, now + KEPT));
        if self.epoch() != epoch {
            self.entries.remove(&id);
        }
    }

    /// Forgets an account.
    pub fn forget(&self, id: AccountId) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.entries.remove(&id);
    }
}

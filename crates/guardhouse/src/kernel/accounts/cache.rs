//! Accounts seen lately.

use std::sync::Arc;

use guardhouse_core::{ids::AccountId, time::Span};

use super::Account;
use crate::kernel::remembered::Remembered;

const CAPACITY: usize = 20_000;
const KEPT: Span = Span::seconds(30);

/// See the module.
pub struct AccountCache(pub(super) Remembered<AccountId, Arc<Account>>);

impl Default for AccountCache {
    fn default() -> Self {
        Self(Remembered::new(CAPACITY, KEPT))
    }
}

impl AccountCache {
    /// Forgets an account.
    pub fn forget(&self, id: AccountId) {
        self.0.forget(&id);
    }

    /// Forgets all: what roles gather is different now.
    pub fn clear(&self) {
        self.0.clear();
    }
}

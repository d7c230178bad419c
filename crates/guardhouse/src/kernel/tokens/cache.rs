//! Access tokens whose signature was checked already, by their SHA-256: a signature costs ten requests.
//!
//! Only what never changes is kept. Expiry and revocation are looked at on every use.

use std::sync::Arc;

use guardhouse_core::{
    ids::{AccountId, SessionId, TenantId, TokenId},
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
    /// The token's own id.
    pub token: TokenId,
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
pub struct TokenCache(Cache<[u8; 32], Arc<Seen>>);

impl Default for TokenCache {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl TokenCache {
    pub(super) fn get(&self, digest: &[u8; 32]) -> Option<Arc<Seen>> {
        self.0.get(digest)
    }

    pub(super) fn put(&self, digest: [u8; 32], seen: Arc<Seen>) {
        self.0.insert(digest, seen);
    }

    /// Forgets all: a key may have been retired.
    pub fn clear(&self) {
        self.0.clear();
    }
}

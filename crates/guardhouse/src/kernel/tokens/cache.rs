//! Access tokens whose signature was checked already, by their SHA-256: a signature costs ten requests.
//!
//! Only what never changes is kept. Expiry and revocation are looked at on every use.

use std::sync::Arc;

use guardhouse_core::{
    ids::{AccountId, ApiKeyId, GrantId, SessionId, TenantId},
    principal::Assurance,
    time::Span,
};

use crate::kernel::remembered::Remembered;

const CAPACITY: usize = 50_000;
/// Few tokens live so long; those that do are checked once more.
const KEPT: Span = Span::days(1);

/// What a genuine token says.
#[derive(Debug)]
pub struct Seen {
    /// The account.
    pub subject: AccountId,
    /// The session, where a person is signed in.
    pub session: Option<SessionId>,
    /// The API key that it was exchanged for, where there is no session.
    pub api_key: Option<ApiKeyId>,
    /// The grant.
    pub grant: Option<GrantId>,
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
pub struct TokenCache(pub(super) Remembered<[u8; 32], Arc<Seen>>);

impl Default for TokenCache {
    fn default() -> Self {
        Self(Remembered::new(CAPACITY, KEPT))
    }
}

impl TokenCache {
    /// Forgets all: a key may have been retired. To be called once the keys are the new ones, since a signature checked
    /// with the keys before is not remembered after it.
    pub fn clear(&self) {
        self.0.clear();
    }
}

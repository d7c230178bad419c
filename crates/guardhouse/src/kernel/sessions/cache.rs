//! Sessions seen lately, so that checking a cookie asks no database, and what never changes of grants refreshed lately.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use guardhouse_core::{
    ids::{AccountId, GrantId, SessionId, TenantId},
    opaque::{Salt, Stamped},
    principal::Assurance,
    time::{Span, Timestamp},
};
use quick_cache::sync::Cache;

use crate::kernel::{accounts::Account, ctx::Ctx, remembered::Remembered, tenants::Entry, tokens::Issue};

const CAPACITY: usize = 50_000;
const GRANTS: usize = 20_000;
const KEPT: Span = Span::minutes(1);

/// A session that had not ended when it was read.
#[derive(Debug)]
pub struct LiveSession {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// The tenant signed in to.
    pub tenant: Option<TenantId>,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// How strongly the person proved who they are.
    pub assurance: Arc<Assurance>,
    /// The salt of its cookies.
    pub(in crate::kernel) salt: Salt,
    /// The generation of its cookies; 0 where no cookie carries it.
    pub generation: u32,
    /// Whether the person asked to be remembered.
    pub remember: bool,
    /// Microseconds since the epoch.
    pub last_seen: AtomicI64,
    /// Who acts in the account's name.
    pub actor: Option<AccountId>,
}

impl LiveSession {
    /// What a token of it says, in the tenant that it is for.
    pub fn whose<'a>(&'a self, account: &'a Account, grant: Option<GrantId>, tenant: Option<&'a Entry>) -> Issue<'a> {
        Issue {
            account,
            session: self.id,
            until: self.expires_at,
            grant,
            tenant,
            assurance: &self.assurance,
            actor: self.actor,
        }
    }

    /// Whether a cookie is genuine and names this session, whatever its generation.
    pub fn is_proved_by(&self, ctx: &Ctx, shown: &Stamped) -> bool {
        shown.id == self.id.bytes() && shown.proves(&ctx.ring, &self.salt)
    }

    /// When it was last used, as far as this node knows.
    pub fn last_seen(&self) -> Timestamp {
        Timestamp(self.last_seen.load(Ordering::Relaxed))
    }
}

/// What a grant is from its first to its last refresh. It proves a token genuine and says nothing of whether the grant
/// still lives: only the update that rotates it does.
#[derive(Clone, Copy)]
pub(super) struct GrantFacts {
    pub(super) session: SessionId,
    pub(super) account: AccountId,
    /// The tenant its tokens are for.
    pub(super) tenant: Option<TenantId>,
    pub(super) salt: Salt,
}

/// See the module.
pub struct SessionCache {
    pub(super) live: Remembered<SessionId, Arc<LiveSession>>,
    grants: Cache<GrantId, GrantFacts>,
}

impl Default for SessionCache {
    fn default() -> Self {
        Self { live: Remembered::new(CAPACITY, KEPT), grants: Cache::new(GRANTS) }
    }
}

impl SessionCache {
    pub(super) fn grant(&self, id: GrantId) -> Option<GrantFacts> {
        self.grants.get(&id)
    }

    pub(super) fn put_grant(&self, id: GrantId, facts: GrantFacts) {
        self.grants.insert(id, facts);
    }

    /// Forgets a session.
    pub fn forget(&self, id: SessionId) {
        self.live.forget(&id);
    }
}

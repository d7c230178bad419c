//! The roles that hold everywhere, in memory, read again when the change log says that they changed.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use guardhouse_store::{Db, StoreError, params};

use super::{
    catalogue::{Catalogue, Role},
    store,
};
use crate::kernel::ctx::Ctx;

struct Snapshot {
    catalogue: Arc<Catalogue>,
    /// Which change it is as of.
    as_of: u64,
}

/// See the module.
pub struct Roles {
    snapshot: RwLock<Snapshot>,
    changes: AtomicU64,
}

impl Roles {
    /// Reads them.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn start(db: &Db) -> Result<Self, StoreError> {
        let catalogue = Arc::new(Catalogue::everywhere(of_scope(db, "").await?));
        Ok(Self { snapshot: RwLock::new(Snapshot { catalogue, as_of: 0 }), changes: AtomicU64::new(0) })
    }

    /// The roles that hold everywhere.
    pub fn everywhere(&self) -> Arc<Catalogue> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner).catalogue)
    }

    /// They are other ones by now than those in memory.
    pub fn changed(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether they changed and have not been read since.
    pub fn stale(&self) -> bool {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).as_of < self.changes.load(Ordering::Acquire)
    }

    async fn load(&self, db: &Db) -> Result<(), StoreError> {
        let as_of = self.changes.load(Ordering::Acquire);
        let catalogue = Arc::new(Catalogue::everywhere(of_scope(db, "").await?));
        let mut present = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        // A slow reading that began before a change must not bring back what the change took away.
        if present.as_of <= as_of {
            *present = Snapshot { catalogue, as_of };
        }
        Ok(())
    }
}

/// Reads the roles again; what accounts and tenants hold is worked out anew from them.
pub async fn reload(ctx: &Ctx) -> Result<(), StoreError> {
    let loaded = ctx.roles.load(&ctx.db).await;
    ctx.tenants.clear();
    ctx.accounts.clear();
    loaded
}

/// The roles declared in a scope, from the database.
pub(in crate::kernel) async fn of_scope(db: &Db, scope: &str) -> Result<Vec<Role>, StoreError> {
    db.scan(&store::OF_SCOPE, params![scope]).await?.iter().map(Role::read).collect()
}

//! Keys as a check needs them, and those seen lately in memory.

use std::{
    collections::BTreeSet,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use guardhouse_core::{
    ids::{AccountId, ApiKeyId, TenantId},
    principal::Authority,
    secret::same,
    time::{Span, Timestamp},
};
use guardhouse_store::{Row, params};
use ipnet::IpNet;

use super::{
    Owner,
    fields::listed,
    store,
    uses::{Refusals, Uses},
};
use crate::kernel::{
    changes::Topic,
    ctx::Ctx,
    errors::{Error, Result},
    remembered::Remembered,
    settings::Rate,
};

type Digest = [u8; 32];

/// A key as the database has it.
pub(super) struct LiveKey {
    pub(super) id: ApiKeyId,
    pub(super) owner: Owner,
    pub(super) prefix: String,
    digest: Digest,
    /// The secret before this one, and until when it still works.
    old: Option<(Digest, Timestamp)>,
    scopes: BTreeSet<String>,
    networks: Vec<IpNet>,
    pub(super) rate: Option<Rate>,
    pub(super) quota: Option<Rate>,
    pub(super) expires_at: Option<Timestamp>,
    suspended: bool,
    cut: Cut,
    cut_in_tenant: Cut,
}

/// Why a key whose secret is right is refused, for the audit log alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Expired,
    Suspended,
    Network,
    Secret,
}

impl Fault {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Network => "network",
            Self::Secret => "secret",
        }
    }
}

impl LiveKey {
    fn read(row: &Row) -> Result<Self> {
        let digest = |column| -> Result<Option<Digest>> {
            let bytes = row.opt_bytes(column)?;
            bytes.map(|bytes| Digest::try_from(bytes.as_slice()).map_err(Error::internal)).transpose()
        };
        let rate = |column| -> Result<Option<Rate>> {
            row.opt_text(column)?.map(|text| text.parse().map_err(Error::internal)).transpose()
        };
        let networks = listed(row.str(8)?).into_iter().map(|text| text.parse().map_err(Error::internal));
        Ok(Self {
            id: ApiKeyId::from_bytes(row.id16(0)?),
            owner: Owner {
                account: AccountId::from_bytes(row.id16(1)?),
                tenant: row.opt_id16(2)?.map(TenantId::from_bytes),
            },
            prefix: row.text(3)?,
            digest: digest(4)?.ok_or_else(|| Error::internal("a key has no digest"))?,
            old: digest(5)?.zip(row.opt_int(6)?.map(Timestamp)),
            scopes: listed(row.str(7)?).into_iter().collect(),
            networks: networks.collect::<Result<_>>()?,
            rate: rate(9)?,
            quota: rate(10)?,
            expires_at: row.opt_int(11)?.map(Timestamp),
            suspended: row.opt_int(12)?.is_some(),
            cut: Cut::default(),
            cut_in_tenant: Cut::default(),
        })
    }

    /// Whether this is the digest of its secret, or of the one before while that still works.
    pub(super) fn is_proved_by(&self, digest: &Digest, now: Timestamp) -> bool {
        let old = self.old.is_some_and(|(old, until)| until > now && same(&old, digest));
        same(&self.digest, digest) | old
    }

    /// Whether it neither expired nor is suspended.
    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        !self.suspended && self.expires_at.is_none_or(|at| at > now)
    }

    /// What stands against its use now and from there.
    pub(super) fn fault(&self, now: Timestamp, ip: IpAddr) -> Option<Fault> {
        if self.suspended {
            Some(Fault::Suspended)
        } else if !self.is_open(now) {
            Some(Fault::Expired)
        } else if !self.networks.is_empty() && !self.networks.iter().any(|network| network.contains(&ip)) {
            Some(Fault::Network)
        } else {
            None
        }
    }

    /// What the owner may everywhere, cut to the scopes.
    pub(super) fn authority(&self, owner: &Arc<Authority>) -> Arc<Authority> {
        self.cut.of(owner, &self.scopes)
    }

    /// What the owner may in the key's tenant, cut to the scopes.
    pub(super) fn in_tenant(&self, owner: &Arc<Authority>) -> Arc<Authority> {
        self.cut_in_tenant.of(owner, &self.scopes)
    }
}

/// An authority as it was last cut, with what came of it: an account in memory never changes.
#[derive(Default)]
struct Cut(Mutex<Option<(Arc<Authority>, Arc<Authority>)>>);

impl Cut {
    fn of(&self, whole: &Arc<Authority>, scopes: &BTreeSet<String>) -> Arc<Authority> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((before, cut)) = &*kept
            && Arc::ptr_eq(before, whole)
        {
            return Arc::clone(cut);
        }
        let cut = Arc::new(whole.cut_to(scopes));
        *kept = Some((Arc::clone(whole), Arc::clone(&cut)));
        cut
    }
}

const CAPACITY: usize = 20_000;
/// Bounds what a lost notice could leave behind.
const KEPT: Span = Span::seconds(30);

/// What this process holds of keys.
pub(super) struct Memory {
    live: Remembered<ApiKeyId, Arc<LiveKey>>,
    pub(super) uses: Uses,
    pub(super) refusals: Refusals,
}

impl Default for Memory {
    fn default() -> Self {
        Self { live: Remembered::new(CAPACITY, KEPT), uses: Uses::default(), refusals: Refusals::default() }
    }
}

/// What this process holds of keys.
pub(super) fn memory(ctx: &Ctx) -> &Memory {
    ctx.opened.of::<Memory>()
}

/// The key, where it was seen lately.
pub(super) fn known(ctx: &Ctx, id: ApiKeyId) -> Option<Arc<LiveKey>> {
    memory(ctx).live.get(&id, ctx.now())
}

/// The key from the database, put into memory.
pub(super) async fn fetch(ctx: &Ctx, id: ApiKeyId) -> Result<Option<Arc<LiveKey>>> {
    let reading = async {
        let row = ctx.db.first(&store::FIND, params![id]).await?;
        row.map(|row| LiveKey::read(&row).map(Arc::new)).transpose()
    };
    memory(ctx).live.read(id, ctx.now(), reading).await
}

/// The key from memory or the database.
pub(super) async fn find(ctx: &Ctx, id: ApiKeyId) -> Result<Option<Arc<LiveKey>>> {
    match known(ctx, id) {
        Some(known) => Ok(Some(known)),
        None => fetch(ctx, id).await,
    }
}

/// Forgets a key that is different now.
pub(super) fn hears(ctx: &Ctx, topic: Topic, id: [u8; 16]) {
    if topic == Topic::ApiKey {
        memory(ctx).live.forget(&ApiKeyId::from_bytes(id));
    }
}

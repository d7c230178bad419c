use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use bytes::Bytes;
use guardhouse_core::{
    ids::NodeId,
    jose::{Algorithm, JwkSet, KeyError, KeySet, SigningKey},
    master_key::KeyRing,
    time::{Span, Timestamp},
};
use guardhouse_store::{
    Db, Unit,
    changes::{self, Change},
    params,
};

use super::{
    error::KeysError,
    store::{self, KeyState, StoredKey},
};
use crate::kernel::{changes::Topic, settings::TokenSettings};

/// Pause between two readings that unknown names of keys bring about.
const UNKNOWN_PAUSE: Span = Span::seconds(1);

/// All keys of this server in memory. Readers never wait for a writer's work, only for its exchange of a pointer.
pub struct SigningKeys {
    algorithm: Algorithm,
    access_ttl: Span,
    /// The key of HS256.
    shared: Option<Arc<SigningKey>>,
    snapshot: RwLock<Arc<Snapshot>>,
    /// How many changes of the keys were heard of.
    changes: AtomicU64,
    last_unknown: AtomicI64,
}

struct Snapshot {
    signing: Arc<SigningKey>,
    verifying: Arc<KeySet>,
    jwks: Bytes,
    longest_ttl: Span,
    /// The changes that had been heard of when its reading began.
    as_of: u64,
}

impl SigningKeys {
    /// Reads the keys, and makes the first one where there is none.
    ///
    /// # Errors
    /// [`KeysError::DoesNotOpen`] when the master key is not the one that sealed them, and
    /// [`KeysError::Secret`] for HS256 without a strong secret: the server must not start.
    pub async fn start(settings: &TokenSettings, db: &Db, ring: &KeyRing, now: Timestamp) -> Result<Self, KeysError> {
        let (algorithm, access_ttl) = (settings.algorithm, settings.access_ttl);
        let shared = shared_key(settings)?;
        lengthen(db, access_ttl, now).await?;
        reseal(db, ring).await?;
        let snapshot = Snapshot::read(algorithm, access_ttl, shared.as_ref(), Source { db, ring, now }).await?;
        Ok(Self {
            algorithm,
            access_ttl,
            shared,
            snapshot: RwLock::new(Arc::new(snapshot)),
            changes: AtomicU64::new(0),
            last_unknown: AtomicI64::new(now.0),
        })
    }

    /// Reads the keys again.
    pub async fn load(&self, db: &Db, ring: &KeyRing, now: Timestamp) -> Result<(), KeysError> {
        let as_of = self.changes.load(Ordering::Acquire);
        let source = Source { db, ring, now };
        let mut snapshot = Snapshot::read(self.algorithm, self.access_ttl, self.shared.as_ref(), source).await?;
        snapshot.as_of = as_of;
        let mut present = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        // A slow reading that began before a change must not bring back what the change took away.
        if present.as_of <= as_of {
            *present = Arc::new(snapshot);
        }
        Ok(())
    }

    /// The keys are other ones by now than those in memory.
    pub fn changed(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether the keys changed and have not been read since: one of them may be retired, because it leaked.
    pub fn stale(&self) -> bool {
        self.snapshot().as_of < self.changes.load(Ordering::Acquire)
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key that signs.
    pub fn signing(&self) -> Arc<SigningKey> {
        Arc::clone(&self.snapshot().signing)
    }

    /// The keys that verify: those to come, the active and the retiring.
    pub fn verifying(&self) -> Arc<KeySet> {
        Arc::clone(&self.snapshot().verifying)
    }

    /// The published set (RFC 7517, section 5).
    pub fn jwks_json(&self) -> Bytes {
        self.snapshot().jwks.clone()
    }

    /// The longest life of a token that a key which still verifies may have signed, on any node.
    pub fn longest_ttl(&self) -> Span {
        self.snapshot().longest_ttl.max(self.access_ttl)
    }

    /// Whether the secret of the settings signs.
    pub(super) fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Whether a token with an unknown key may cause a reading now; true for one caller a second, so
    /// that made-up names cost the database nothing (`J4`).
    pub(super) fn may_ask(&self, now: Timestamp) -> bool {
        let last = self.last_unknown.load(Ordering::Acquire);
        let due = now.since(Timestamp(last)) >= UNKNOWN_PAUSE;
        due && self.last_unknown.compare_exchange(last, now.0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

struct Source<'a> {
    db: &'a Db,
    ring: &'a KeyRing,
    now: Timestamp,
}

impl Snapshot {
    async fn read(
        algorithm: Algorithm,
        access_ttl: Span,
        shared: Option<&Arc<SigningKey>>,
        source: Source<'_>,
    ) -> Result<Self, KeysError> {
        let mut rows = rows(source.db).await?;
        if shared.is_none() && signing(&rows, algorithm, source.now).is_none() {
            add_first(algorithm, access_ttl, &rows, &source).await?;
            rows = self::rows(source.db).await?;
        }
        Self::of(&rows, algorithm, shared, &source)
    }

    fn of(
        rows: &[StoredKey],
        algorithm: Algorithm,
        shared: Option<&Arc<SigningKey>>,
        source: &Source<'_>,
    ) -> Result<Self, KeysError> {
        let signing = signing(rows, algorithm, source.now).filter(|_| shared.is_none());
        let mut chosen = shared.cloned();
        let mut opened = Vec::new();
        for row in rows.iter().filter(|row| row.state(source.now) != KeyState::Retired) {
            match open(row, source.ring) {
                Ok(key) => opened.push(Arc::new(key)),
                // Without the key that signs nothing goes on; without an old one only its tokens end.
                Err(error) if signing.is_some_and(|signing| signing.kid == row.kid) => return Err(error),
                Err(error) => tracing::error!(%error, "a signing key is left out"),
            }
        }
        if let Some(signing) = signing {
            chosen = opened.iter().find(|key| key.kid() == signing.kid).cloned();
        }
        let chosen = chosen.ok_or(KeysError::Key(KeyError::Unreadable))?;
        let longest_ttl = rows.iter().filter(|row| row.retired_at.is_none()).map(|row| row.longest_ttl).max();
        Ok(Self::assemble(chosen, &opened, longest_ttl.unwrap_or_default()))
    }

    fn assemble(signing: Arc<SigningKey>, stored: &[Arc<SigningKey>], longest_ttl: Span) -> Self {
        let verifying = stored.iter().chain([&signing]).map(|key| key.verifying_key()).collect();
        let published = JwkSet { keys: stored.iter().filter_map(|key| key.public_jwk()).collect() };
        let jwks = serde_json::to_vec(&published).unwrap_or_default();
        Self { signing, verifying: Arc::new(verifying), jwks: jwks.into(), longest_ttl, as_of: 0 }
    }
}

/// The newest active key of the algorithm in the settings.
pub(super) fn signing(rows: &[StoredKey], algorithm: Algorithm, now: Timestamp) -> Option<&StoredKey> {
    rows.iter().rfind(|row| row.state(now) == KeyState::Active && row.alg == algorithm.as_str())
}

/// Every row, the newest last.
pub(super) async fn rows(db: &Db) -> Result<Vec<StoredKey>, KeysError> {
    let rows = db.query(&store::LIST, params![]).await?;
    Ok(rows.iter().map(store::read).collect::<Result<_, _>>()?)
}

/// The generation of the next key.
pub(super) fn next_generation(rows: &[StoredKey]) -> i64 {
    rows.iter().map(|row| row.generation).max().unwrap_or(0) + 1
}

/// A key as it is stored.
pub(super) fn sealed(
    key: &SigningKey,
    ring: &KeyRing,
    generation: i64,
    longest_ttl: Span,
) -> Result<StoredKey, KeysError> {
    let jwk = key.public_jwk().ok_or(KeyError::Unsupported)?;
    Ok(StoredKey {
        kid: key.kid().to_owned(),
        generation,
        alg: key.algorithm().as_str().to_owned(),
        sealed: ring.seal(&context(key.kid()), &key.to_pkcs8()),
        public_jwk: serde_json::to_string(&jwk).map_err(|_| KeyError::Failed)?,
        longest_ttl,
        created_at: Timestamp::default(),
        not_before: Timestamp::default(),
        retire_at: None,
        retired_at: None,
    })
}

/// A new key away from the tasks that answer requests: RSA takes its time.
pub(super) async fn generate(algorithm: Algorithm) -> Result<SigningKey, KeysError> {
    let made = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm)).await;
    Ok(made.unwrap_or(Err(KeyError::Failed))?)
}

fn context(kid: &str) -> Vec<u8> {
    format!("signing_keys/{kid}").into_bytes()
}

/// Opens a key and checks that it is the one its row names: a row that was exchanged is no key.
fn open(row: &StoredKey, ring: &KeyRing) -> Result<SigningKey, KeysError> {
    let lost = || KeysError::DoesNotOpen { kid: row.kid.clone() };
    let algorithm = row.alg.parse().map_err(|_| lost())?;
    let der = ring.open(&context(&row.kid), &row.sealed).map_err(|_| lost())?;
    let key = SigningKey::from_pkcs8(algorithm, &der)?;
    if key.kid() == row.kid { Ok(key) } else { Err(lost()) }
}

fn shared_key(settings: &TokenSettings) -> Result<Option<Arc<SigningKey>>, KeysError> {
    if !settings.algorithm.is_symmetric() {
        return Ok(None);
    }
    let key = SigningKey::from_secret(settings.secret.expose().as_bytes()).map_err(|_| KeysError::Secret)?;
    Ok(Some(Arc::new(key)))
}

/// Notes how long tokens live from now on. Nodes that run already are told in the same commit: until then they forget
/// too early what ended (rulings 12).
async fn lengthen(db: &Db, access_ttl: Span, now: Timestamp) -> Result<(), KeysError> {
    let change = Change {
        topic: Topic::Keys.as_str().into(),
        key: Vec::new(),
        value: 0,
        // A process that starts later reads the keys in any case.
        keep_until: now.0,
    };
    let unit = Unit::new().require(&store::LENGTHEN, params![access_ttl.0]);
    let _ = db.run(changes::append(unit, &change, now, NodeId::new(now).bytes())).await?;
    Ok(())
}

/// Makes the first key of an algorithm. Of two nodes that start at once one is refused by the unique
/// generation and reads the other's. Nobody is told: nodes that run already ask when they meet its name.
async fn add_first(
    algorithm: Algorithm,
    access_ttl: Span,
    rows: &[StoredKey],
    source: &Source<'_>,
) -> Result<(), KeysError> {
    // A key that does not open must stop the start before another takes its place.
    for row in rows.iter().filter(|row| matches!(row.state(source.now), KeyState::Active | KeyState::Next)) {
        open(row, source.ring)?;
    }
    let key = generate(algorithm).await?;
    let mut row = sealed(&key, source.ring, next_generation(rows), access_ttl)?;
    (row.created_at, row.not_before) = (source.now, source.now);
    match source.db.execute(&store::ADD, row.params()).await {
        Ok(_) => tracing::info!(kid = %row.kid, alg = %row.alg, "made a signing key"),
        Err(error) if error.is_conflict_with("signing_keys.generation") => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Seals under the current master key what an earlier one sealed, so that the earlier one can be dropped.
async fn reseal(db: &Db, ring: &KeyRing) -> Result<(), KeysError> {
    let current = ring.current();
    for row in rows(db).await? {
        if row.sealed.is_empty() || row.sealed.starts_with(&current) {
            continue;
        }
        if let Ok(plain) = ring.open(&context(&row.kid), &row.sealed) {
            let fresh = ring.seal(&context(&row.kid), &plain);
            db.execute(&store::RESEAL, params![&row.kid, fresh, &row.sealed]).await?;
        }
    }
    Ok(())
}

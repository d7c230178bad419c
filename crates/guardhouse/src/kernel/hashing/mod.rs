//! Password hashing on threads of its own, behind a bounded queue.
//!
//! A hash costs more than ten thousand other requests, so it may never run where those do. The threads have a lower
//! scheduling priority and each keeps its own Argon2 memory, given back after a minute idle. Room in the queue is
//! taken before anything is looked up: a full queue answers alike for known and unknown accounts.

mod pool;

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use guardhouse_core::{
    password::{self, Argon2Params, Memory, Password, PasswordHash, Recipe},
    time::Span,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::errors::{Code, Error, Result};
use crate::kernel::settings::PasswordSettings;
use pool::Pool;

/// The hashing threads.
#[derive(Clone)]
pub struct Hasher(Arc<Parts>);

struct Parts {
    pool: Pool,
    room: Arc<Semaphore>,
    places: usize,
    params: Argon2Params,
    recipes: RwLock<Vec<Recipe>>,
    done: AtomicU64,
}

/// A place in the queue: good for one account's worth of hashing.
pub struct Place {
    parts: Arc<Parts>,
    permit: OwnedSemaphorePermit,
}

impl Hasher {
    /// Starts the threads.
    pub fn start(settings: &PasswordSettings) -> std::io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if settings.hash_threads == 0 { cores } else { settings.hash_threads };
        Ok(Self(Arc::new(Parts {
            pool: Pool::start(threads)?,
            room: Arc::new(Semaphore::new(settings.hash_queue.max(1))),
            places: settings.hash_queue.max(1),
            params: Argon2Params { memory_kib: settings.memory_kib, passes: settings.passes },
            recipes: RwLock::default(),
            done: AtomicU64::new(0),
        })))
    }

    /// The parameters of new hashes.
    pub fn params(&self) -> Argon2Params {
        self.0.params
    }

    /// Hashes and verifications finished so far; what the tests of enumeration count (`A17`).
    pub fn done(&self) -> u64 {
        self.0.done.load(Ordering::Relaxed)
    }

    /// Places taken in the queue: hashes that wait or run.
    pub fn waiting(&self) -> usize {
        self.0.places.saturating_sub(self.0.room.available_permits())
    }

    /// Says which recipes stored hashes have, each as often as it occurs in a sample.
    pub fn set_recipes(&self, recipes: Vec<Recipe>) {
        *self.0.recipes.write().unwrap_or_else(PoisonError::into_inner) = recipes;
    }

    /// A hash that nothing verifies against, for an account that does not exist.
    pub fn dummy(&self, seed: u64) -> PasswordHash {
        let recipes = self.0.recipes.read().unwrap_or_else(PoisonError::into_inner);
        password::dummy(seed, &recipes, &self.0.params)
    }

    /// Takes a place in the queue, or says that there is none.
    pub fn place(&self) -> Result<Place> {
        let full = || {
            Error::new(Code::Overloaded, "Too many sign-ins at once. Try again in a moment.")
                .retry_after(Span::seconds(1))
        };
        let permit = Arc::clone(&self.0.room).try_acquire_owned().map_err(|_| full())?;
        Ok(Place { parts: Arc::clone(&self.0), permit })
    }
}

impl Place {
    /// Hashes a new password, unless `look` finds something against it. Both run here: an estimate of its strength costs
    /// less than a hash, and still far more than any request that has no place.
    pub async fn hash_unless<Found: Send + 'static>(
        self,
        password: Password,
        look: impl FnOnce(&Password) -> Vec<Found> + Send + 'static,
    ) -> Result<std::result::Result<String, Vec<Found>>> {
        let params = self.parts.params;
        let looked = self.run(move |memory| match look(&password) {
            found if found.is_empty() => password::hash(&password, &params, memory).map(Ok),
            found => Ok(Err(found)),
        });
        looked.await?.map_err(Error::internal)
    }

    /// Verifies a password, and hashes it anew where it is right and its hash is not what we make today.
    pub async fn verify(self, password: Password, stored: PasswordHash) -> Result<Verdict> {
        let params = self.parts.params;
        self.run(move |memory| {
            if !password::verify(&password, &stored, memory) {
                return Verdict::Wrong;
            }
            let upgrade =
                password::needs_upgrade(&stored, &params).then(|| password::hash(&password, &params, memory).ok());
            Verdict::Right { upgrade: upgrade.flatten() }
        })
        .await
    }

    async fn run<T: Send + 'static>(self, work: impl FnOnce(&mut Memory) -> T + Send + 'static) -> Result<T> {
        let (answer, result) = oneshot::channel();
        let Self { parts, permit } = self;
        let counted = Arc::clone(&parts);
        parts.pool.submit(Box::new(move |memory| {
            let done = work(memory);
            counted.done.fetch_add(1, Ordering::Relaxed);
            drop(permit);
            // The caller may have gone away; the work is done all the same.
            let _ = answer.send(done);
        }));
        result.await.map_err(Error::internal)
    }
}

/// What came of a verification.
pub enum Verdict {
    /// Not this password.
    Wrong,
    /// The password; with a new hash where the stored one should be replaced (`M-13`).
    Right {
        /// The hash to store instead.
        upgrade: Option<String>,
    },
}

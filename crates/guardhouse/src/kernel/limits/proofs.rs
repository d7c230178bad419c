//! Passwords found right moments ago, for machines that send theirs with every call (M-06).
//!
//! A call that proves the same again within seconds is neither hashed nor counted. Calls for one address come one after
//! another until the first of them is through, so that parallel right ones meet no lock, and parallel wrong ones are
//! looked at no more often than the lockout allows (`A2`): nobody may ask the memory what they could not ask the hash.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use guardhouse_core::{
    ids::AccountId,
    master_key::{KeyRing, KeyRingError, Mac},
    password::Password,
    secret,
    time::{Span, Timestamp},
};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard, Semaphore, SemaphorePermit};

use super::attempts::Target;
use crate::kernel::errors::{Code, Error, Result};

/// How long a proof is remembered.
const REMEMBERED: Span = Span::seconds(10);
/// Addresses kept in memory, some 150 bytes each.
const MOST: usize = 10_000;
/// Calls that wait for their turn; one more is answered 503. Far fewer than [`MOST`], so that some address is idle.
const WAITING: usize = 1_024;

/// See the module.
pub struct Proofs {
    /// A key of this process alone: what is kept tells nothing, even next to the database and its master key.
    ring: KeyRing,
    slots: Mutex<HashMap<Target, Arc<Turn<Slot>>>>,
    waiting: Semaphore,
}

/// The last proof for an address.
type Slot = Option<(Mac, Timestamp)>;

/// A call whose turn it is.
pub struct Taken<'a> {
    slot: OwnedMutexGuard<Slot>,
    _waiting: SemaphorePermit<'a>,
}

impl Proofs {
    /// Remembers nothing yet.
    ///
    /// # Errors
    /// None for a key of the right length.
    pub fn start() -> Result<Self, KeyRingError> {
        Ok(Self { ring: KeyRing::new(&[secret::random()])?, slots: Mutex::default(), waiting: Semaphore::new(WAITING) })
    }

    /// Waits for the turn of a call for an address.
    pub async fn turn(&self, target: Target) -> Result<Taken<'_>> {
        let busy = |_| Error::new(Code::Overloaded, "Too many calls at once.").retry_after(Span::seconds(1));
        let waiting = self.waiting.try_acquire().map_err(busy)?;
        let slot = self.slot(target);
        Ok(Taken { slot: slot.lock_owned().await, _waiting: waiting })
    }

    fn slot(&self, target: Target) -> Arc<Turn<Slot>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST && !slots.contains_key(&target) {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(slots.entry(target).or_default())
    }

    /// What was sent, before it is known whose it is.
    pub fn sent(&self, password: &Password) -> Mac {
        self.ring.index(&[b"sent", password.as_bytes()])
    }

    /// What is remembered: a password, for an account, under the hash that is stored now.
    pub fn mac(&self, account: AccountId, stored: &str, sent: &Mac) -> Mac {
        self.ring.index(&[b"proof", &account.bytes(), stored.as_bytes(), sent])
    }
}

impl Taken<'_> {
    /// Whether nothing is remembered for the address.
    pub fn is_empty(&self, now: Timestamp) -> bool {
        self.slot.is_none_or(|(_, until)| until <= now)
    }

    /// Whether this was found right moments ago.
    pub fn knows(&self, mac: &Mac, now: Timestamp) -> bool {
        self.slot.as_ref().is_some_and(|(known, until)| *until > now && secret::same(known, mac))
    }

    /// It was found right now.
    pub fn remember(mut self, mac: Mac, now: Timestamp) {
        *self.slot = Some((mac, now + REMEMBERED));
    }
}

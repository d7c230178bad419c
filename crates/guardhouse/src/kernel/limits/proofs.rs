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
/// So many of them for one address: whoever floods one leaves room for the others.
const WAITING_FOR_ONE: usize = 256;

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
        let busy = || Error::new(Code::Overloaded, "Too many calls at once.").retry_after(Span::seconds(1));
        let waiting = self.waiting.try_acquire().map_err(|_| busy())?;
        let slot = self.slot(target);
        // Each who waits holds the slot, and so do the map and this call.
        if Arc::strong_count(&slot) > WAITING_FOR_ONE + 1 {
            return Err(busy());
        }
        Ok(Taken { slot: slot.lock_owned().await, _waiting: waiting })
    }

    /// Whether another call for the address has its turn now.
    pub fn is_busy(&self, target: Target) -> bool {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get(&target).is_some_and(|slot| Arc::strong_count(slot) > 1)
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::testing::TestApp;

    #[tokio::test]
    async fn a_flood_of_calls_for_one_address_leaves_room_for_others_d2() {
        let app = TestApp::new().await;
        let target = |name: &str| Target::new(app.ctx(), "password", &[name.as_bytes()]);
        let proofs = Proofs::start().unwrap();
        let first = proofs.turn(target("alice")).await.unwrap();
        assert!(proofs.is_busy(target("alice")) && !proofs.is_busy(target("bob")));
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(proofs.turn(target("alice")))).collect();
        let refused = waiting.iter_mut().filter_map(FutureExt::now_or_never).filter(Result::is_err).count();
        assert_eq!(refused, WAITING - (WAITING_FOR_ONE - 1));
        assert!(proofs.turn(target("bob")).now_or_never().is_some_and(|turn| turn.is_ok()));
        drop((first, waiting));
        assert!(!proofs.is_busy(target("alice")));
    }
}

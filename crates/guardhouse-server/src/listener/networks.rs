//! How many connections each network has, so that one client can't hold all slots before it says who it is.

use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use guardhouse::kernel::http::client;
use guardhouse_core::time::stopwatch;

/// The log is told of refused connections no more often.
const TOLD_EVERY: Duration = Duration::from_secs(60);

type Network = [u8; 16];

pub(super) struct Networks {
    most: Option<NonZeroUsize>,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    open: HashMap<Network, usize>,
    refused: u64,
    told: Option<Instant>,
}

impl Networks {
    /// At most so many connections for each; none is no limit.
    pub(super) fn new(most: Option<NonZeroUsize>) -> Self {
        Self { most, counts: Mutex::default() }
    }

    /// A place for a connection from there, unless its network has as many as it may. Programs on this machine are not
    /// counted.
    pub(super) fn admit(self: &Arc<Self>, ip: IpAddr) -> Option<Place> {
        let counted = self.most.filter(|_| !ip.to_canonical().is_loopback());
        let Some(most) = counted else { return Some(Place(None)) };
        let network = client::network(ip);
        let mut counts = self.counts();
        let open = counts.open.entry(network).or_default();
        if *open >= most.get() {
            counts.refuse(ip);
            return None;
        }
        *open += 1;
        Some(Place(Some((Arc::clone(self), network))))
    }

    fn leave(&self, network: Network) {
        let mut counts = self.counts();
        let Some(open) = counts.open.get_mut(&network) else { return };
        *open -= 1;
        if *open == 0 {
            counts.open.remove(&network);
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn refuse(&mut self, ip: IpAddr) {
        self.refused += 1;
        let now = stopwatch();
        if self.told.is_some_and(|told| now.duration_since(told) < TOLD_EVERY) {
            return;
        }
        tracing::warn!(
            %ip,
            refused = self.refused,
            "a network has as many connections as server.max_connections_per_network lets it; more are closed at once"
        );
        self.told = Some(now);
        self.refused = 0;
    }
}

/// One connection's place among those of its network; free again when dropped.
pub(super) struct Place(Option<(Arc<Networks>, Network)>);

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((networks, network)) = self.0.take() {
            networks.leave(network);
        }
    }
}

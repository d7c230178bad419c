//! The accept loop: everything a client may take is bounded before the first byte reaches a handler.

mod activity;
mod connection;
mod networks;
mod protocol;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
mod tls;

use std::{io, net::SocketAddr, num::NonZeroUsize, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::sleep,
};

pub(crate) use tls::Certificates;

use crate::failure::Failure;
use connection::{Connections, Patience};
use networks::Networks;

/// Pause after the system had no file descriptor or memory for a connection.
const BREATH: Duration = Duration::from_millis(100);

/// A bound socket that does not answer yet.
pub(crate) struct Listener {
    tcp: TcpListener,
    certificates: Option<Arc<Certificates>>,
}

impl Listener {
    /// Takes the port.
    pub(crate) async fn bind(listen: SocketAddr, certificates: Option<Arc<Certificates>>) -> Result<Self, Failure> {
        let tcp = TcpListener::bind(listen).await.map_err(|error| {
            let mend = match error.kind() {
                io::ErrorKind::AddrInUse => "stop what listens there, or choose another with --listen or server.listen",
                io::ErrorKind::PermissionDenied => {
                    "ports below 1024 need a privilege; choose a higher one with server.listen"
                }
                _ => "set server.listen to an IP address of this machine",
            };
            Failure::new(format!("can't listen on {listen}: {error}")).mend(mend)
        })?;
        Ok(Self { tcp, certificates })
    }

    /// Where it listens; the port is the real one where 0 was asked for.
    pub(crate) fn local_addr(&self) -> Result<SocketAddr, Failure> {
        self.tcp.local_addr().map_err(Failure::new)
    }

    /// Whether it speaks TLS.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.certificates.is_some()
    }

    /// Serves until it is to drain, then lets requests in flight finish, for as long as `bounds` says or until
    /// it is to cut them off.
    pub(crate) async fn serve(self, router: Router, bounds: Bounds, mut stage: watch::Receiver<Stage>) {
        let connections = Arc::new(Connections::new(router, self.certificates, Patience::default()));
        let networks = Arc::new(Networks::new(bounds.per_network));
        let slots = Arc::new(Semaphore::new(bounds.max_connections));
        let mut tasks = JoinSet::new();
        loop {
            let (stream, peer, slot) = tokio::select! {
                biased;
                _ = stage.wait_for(|stage| *stage >= Stage::Drain) => break,
                accepted = accept(&self.tcp, &slots) => accepted,
            };
            while tasks.try_join_next().is_some() {}
            let Some(place) = networks.admit(peer.ip()) else { continue };
            tasks.spawn(Arc::clone(&connections).serve(stream, peer, stage.clone(), (slot, place)));
        }
        // The port is free for a successor from here on.
        drop(self.tcp);
        let cut = tokio::select! {
            () = async { while tasks.join_next().await.is_some() {} } => None,
            () = sleep(bounds.drain) => Some("they took longer than server.drain"),
            _ = stage.wait_for(|stage| *stage == Stage::Cut) => Some("a second signal asked for it"),
        };
        if let Some(why) = cut {
            tracing::warn!(connections = tasks.len(), why, "requests were cut off");
        }
        tasks.shutdown().await;
    }
}

/// How far the server is with its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// It answers.
    Run,
    /// No new connections; requests in flight finish.
    Drain,
    /// Requests in flight are cut off.
    Cut,
}

/// What one listener may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Connections at a time.
    pub(crate) max_connections: usize,
    /// Connections at a time from one network.
    pub(crate) per_network: Option<NonZeroUsize>,
    /// Time for requests in flight when the server stops.
    pub(crate) drain: Duration,
}

/// The next connection, once there is room for one more.
async fn accept(tcp: &TcpListener, slots: &Arc<Semaphore>) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    loop {
        match tcp.accept().await {
            Ok((stream, peer)) => return (stream, peer, slot),
            Err(error) if gone_already(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(BREATH).await;
            }
        }
    }
}

fn gone_already(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

//! One connection: TLS, then requests, each told who its peer is.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::{conn::auto::Builder, graceful::Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{Notify, OwnedSemaphorePermit},
    time::timeout,
};
use tower::Service as _;

use super::{protocol, tls::Certificates};

/// A client that says nothing for so long is gone: neither a slow handshake nor a slow first line holds a slot.
const FIRST_REQUEST: Duration = Duration::from_secs(20);

pub(super) struct Connections {
    router: Router,
    certificates: Option<Arc<Certificates>>,
    protocol: Builder<TokioExecutor>,
}

impl Connections {
    pub(super) fn new(router: Router, certificates: Option<Arc<Certificates>>) -> Self {
        Self { router, certificates, protocol: protocol::builder() }
    }

    /// Serves one connection to its end; the slot is free again then.
    pub(super) async fn serve(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        watcher: Watcher,
        slot: Option<OwnedSemaphorePermit>,
    ) {
        // Answers are small and whole; waiting to join them with others only delays them.
        _ = stream.set_nodelay(true);
        match &self.certificates {
            None => self.speak(stream, peer, watcher).await,
            Some(certificates) => match timeout(FIRST_REQUEST, certificates.acceptor().accept(stream)).await {
                Ok(Ok(encrypted)) => self.speak(encrypted, peer, watcher).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "the TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
            },
        }
        drop(slot);
    }

    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        peer: SocketAddr,
        watcher: Watcher,
    ) {
        let first = Arc::new(Notify::new());
        let (router, asked) = (self.router.clone(), Arc::clone(&first));
        let service = service_fn(move |mut request: Request<Incoming>| {
            asked.notify_one();
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().call(request)
        });
        let connection = self.protocol.serve_connection(TokioIo::new(stream), service).into_owned();
        let mut connection = std::pin::pin!(watcher.watch(connection));
        let ended = tokio::select! {
            ended = &mut connection => ended,
            begun = timeout(FIRST_REQUEST, first.notified()) => match begun {
                Ok(()) => connection.await,
                Err(_) => return tracing::debug!(%peer, "no request came"),
            },
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, %error, "the connection broke");
        }
    }
}

//! One connection: TLS, then requests, each told who its peer is.

use std::{net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::{conn::auto::Builder, graceful::GracefulConnection},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, watch},
    time::timeout,
};
use tower::Service as _;

use super::{Stage, activity::Activity, networks::Place, protocol, tls::Certificates};

/// How long a client may leave a connection unused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Until the handshake is done, and again until the first request: who says nothing holds no slot.
    pub(super) first: Duration,
    /// Without a request, and without taking any of an answer, until it is asked to go (HTTP/2: GOAWAY).
    pub(super) quiet: Duration,
    /// From there until it is cut off.
    pub(super) farewell: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { first: seconds(20), quiet: seconds(60), farewell: seconds(15) }
    }
}

pub(super) struct Connections {
    router: Router,
    certificates: Option<Arc<Certificates>>,
    protocol: Builder<TokioExecutor>,
    patience: Patience,
}

impl Connections {
    pub(super) fn new(router: Router, certificates: Option<Arc<Certificates>>, patience: Patience) -> Self {
        Self { router, certificates, protocol: protocol::builder(), patience }
    }

    /// Serves one connection to its end; what it holds is free again then.
    pub(super) async fn serve(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        stage: watch::Receiver<Stage>,
        held: (Option<OwnedSemaphorePermit>, Place),
    ) {
        // Answers are small and whole; waiting to join them with others only delays them.
        _ = stream.set_nodelay(true);
        match &self.certificates {
            None => self.speak(stream, peer, stage).await,
            Some(certificates) => match timeout(self.patience.first, certificates.acceptor().accept(stream)).await {
                Ok(Ok(encrypted)) => self.speak(encrypted, peer, stage).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "the TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
            },
        }
        drop(held);
    }

    pub(super) async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        peer: SocketAddr,
        stage: watch::Receiver<Stage>,
    ) {
        let activity = Arc::new(Activity::default());
        let (router, seen) = (self.router.clone(), Arc::clone(&activity));
        let service = service_fn(move |mut request: Request<Incoming>| {
            let working = seen.begin();
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.clone().call(request);
            async move { answer.await.map(|answer| working.done(answer)) }
        });
        let connection = self.protocol.serve_connection(TokioIo::new(stream), service).into_owned();
        match self.attend(std::pin::pin!(connection), &activity, stage).await {
            Ok(()) => {}
            Err(Left::Silent) => tracing::debug!(%peer, "a client that did nothing was cut off"),
            Err(Left::Broken(error)) => tracing::debug!(%peer, %error, "the connection broke"),
        }
    }

    /// Lets the connection go on until its end, or until nobody seems to want it.
    async fn attend<C: GracefulConnection>(
        &self,
        mut connection: Pin<&mut C>,
        activity: &Activity,
        mut stage: watch::Receiver<Stage>,
    ) -> Result<(), Left<C::Error>> {
        tokio::select! {
            biased;
            ended = &mut connection => return ended.map_err(Left::Broken),
            () = activity.mute(self.patience.first) => return Err(Left::Silent),
            () = activity.quiet(self.patience.quiet) => {}
            _ = stage.wait_for(|stage| *stage >= Stage::Drain) => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            biased;
            ended = &mut connection => ended.map_err(Left::Broken),
            () = activity.quiet(self.patience.farewell) => Err(Left::Silent),
        }
    }
}

/// Why a connection did not end well.
enum Left<E> {
    /// The client asked nothing, or did not take its answer.
    Silent,
    Broken(E),
}

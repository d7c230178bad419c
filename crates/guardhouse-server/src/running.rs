//! A server from its start to its end: listeners, signals, engine.

use std::{num::NonZeroUsize, sync::Arc};

use axum::Router;
use guardhouse::{
    Guardhouse, StartOptions,
    kernel::settings::{ServerSettings, Settings},
};
use tokio::{runtime::Runtime, sync::watch};

use crate::{
    failure::Failure,
    listener::{Bounds, Certificates, Listener, Stage},
};

/// The runtime that verbs with an engine run on.
pub(crate) fn runtime(workers: usize) -> Result<Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if workers > 0 {
        builder.worker_threads(workers);
    }
    builder
        .enable_all()
        .thread_name("guardhouse")
        .build()
        .map_err(|error| Failure::new(format!("can't start threads: {error}")))
}

/// The ports, taken before anything else is done: a second server on the same machine then stops
/// before it touches the database.
pub(crate) struct Ports {
    pub(crate) main: Listener,
    admin: Option<Listener>,
    certificates: Option<Arc<Certificates>>,
    bounds: Bounds,
}

impl Ports {
    /// Takes the ports of the settings.
    pub(crate) async fn bind(settings: &ServerSettings) -> Result<Self, Failure> {
        let certificates = Certificates::load(&settings.tls)?;
        let main = Listener::bind(settings.listen, certificates.clone()).await?;
        let admin = match settings.admin_listen {
            Some(listen) => Some(Listener::bind(listen, None).await?),
            None => None,
        };
        let bounds = Bounds {
            max_connections: settings.max_connections,
            per_network: per_network(settings),
            drain: settings.drain.to_std(),
        };
        Ok(Self { main, admin, certificates, bounds })
    }

    /// Answers until a signal asks to stop, finishes what is in flight, and stops the engine.
    pub(crate) async fn serve(self, guardhouse: Guardhouse, router: Router) {
        let (go, stage) = watch::channel(Stage::Run);
        // Before the first answer: whoever has seen one may send a signal at once.
        let signals = Signals::listen();
        reload_on_hangup(self.certificates);
        let operations = guardhouse.operations();
        let main = self.main.serve(router, self.bounds, stage.clone());
        let admin = async {
            if let Some(admin) = self.admin {
                admin.serve(operations, self.bounds, stage).await;
            }
        };
        tokio::select! {
            _ = async { tokio::join!(main, admin) } => {}
            () = follow_signals(signals, go) => {}
        }
        guardhouse.stop().await;
        tracing::info!("stopped");
    }
}

/// Behind a proxy all connections are the proxy's, which has to bound its own callers.
fn per_network(settings: &ServerSettings) -> Option<NonZeroUsize> {
    NonZeroUsize::new(settings.max_connections_per_network).filter(|_| settings.trusted_proxies == 0)
}

/// Starts the engine.
pub(crate) async fn start(settings: Settings, options: StartOptions) -> Result<Guardhouse, Failure> {
    Guardhouse::start(settings, options).await.map_err(|error| Failure::new(format!("the server can't start: {error}")))
}

/// The first signal lets requests in flight finish, a second one does not wait for them.
async fn follow_signals(signals: std::io::Result<Signals>, go: watch::Sender<Stage>) {
    let Ok(mut signals) = signals else { return std::future::pending().await };
    signals.next().await;
    tracing::info!("stopping: no new connections, requests in flight finish");
    go.send_replace(Stage::Drain);
    signals.next().await;
    go.send_replace(Stage::Cut);
    std::future::pending::<()>().await;
}

/// Listening once for all: a signal that comes between two waits is not lost.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
fn reload_on_hangup(certificates: Option<Arc<Certificates>>) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            match certificates.as_ref().map(|certificates| certificates.reload()) {
                Some(Ok(())) => tracing::info!("certificates were read again"),
                Some(Err(failure)) => {
                    tracing::error!(?failure, "the certificates in use stay: the new ones can't be read");
                }
                None => tracing::info!("nothing to read again: there is no server.tls.cert"),
            }
        }
    });
}

#[cfg(not(unix))]
fn reload_on_hangup(_: Option<Arc<Certificates>>) {}

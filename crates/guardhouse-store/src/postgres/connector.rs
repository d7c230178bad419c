//! The server's URL, and making connections to it.

use std::{net::IpAddr, time::Duration};

use deadpool_postgres::ClientWrapper;
use tokio_postgres::{Config, config::Host};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{CONNECT, errors::Failure, tls};
use crate::{Result, StoreError};

/// Limits that the server keeps by itself, whatever becomes of us: a statement or an idle
/// transaction that holds locks ends after five seconds.
const LIMITS: &str = "-c statement_timeout=5000 -c idle_in_transaction_session_timeout=5000";

pub(super) struct Connector {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
}

impl Connector {
    pub(super) fn new(url: &str) -> Result<Self> {
        let (url, wanted) = tls::split(url)?;
        let mut config: Config = url.parse().map_err(|error| unusable(&error))?;
        config.ssl_mode(wanted.mode).connect_timeout(CONNECT);
        // What the URL sets comes later and wins.
        let options = format!("{LIMITS} {}", config.get_options().unwrap_or_default());
        config.options(options.trim_end());
        if config.get_application_name().is_none() {
            config.application_name("guardhouse");
        }
        // A server that vanished without a word is noticed within half a minute.
        config
            .keepalives_idle(Duration::from_secs(15))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(10));
        Ok(Self { config, tls: tls::connector(&wanted)? })
    }

    /// The same server, for what may be lost in a crash.
    pub(super) fn without_waiting_for_the_disk(&self) -> Self {
        let mut config = self.config.clone();
        let options = format!("{} -c synchronous_commit=off", config.get_options().unwrap_or_default());
        config.options(options.trim_start());
        Self { config, tls: self.tls.clone() }
    }

    pub(super) async fn connect(&self) -> std::result::Result<ClientWrapper, Failure> {
        let dialled = tokio::time::timeout(CONNECT, self.config.connect(self.tls.clone())).await;
        let (client, connection) = dialled.map_err(|_| Failure::Stuck)?.map_err(Failure::Connect)?;
        let driver = tokio::spawn(async move {
            // Whoever waits for an answer is told the same.
            let _ = connection.await;
        });
        Ok(ClientWrapper::new(client, driver))
    }
}

/// Whether the servers of the URL are on this machine, or prove themselves.
pub(crate) fn proven(url: &str) -> Result<bool> {
    let (url, wanted) = tls::split(url)?;
    let config: Config = url.parse().map_err(|error| unusable(&error))?;
    let here = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    // Where there are network addresses they are dialled, whatever the names are.
    let addresses = config.get_hostaddrs();
    let local = if addresses.is_empty() {
        config.get_hosts().iter().all(here)
    } else {
        addresses.iter().all(IpAddr::is_loopback)
    };
    Ok(local || wanted.proves())
}

/// Never shows the URL: it holds the password.
fn unusable(error: &tokio_postgres::Error) -> StoreError {
    let reason = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    StoreError::Refused(format!("the PostgreSQL URL cannot be used: {reason}"))
}

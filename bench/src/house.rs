//! The server under measurement: the real binary, with the settings of production where they matter for speed.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::{
    load::{Wire, header, request},
    process::{Process, on},
};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "quiet-lantern-otter-71";
/// 32 bytes; the bench makes tokens of its own with it where it needs a million.
pub(crate) const MASTER_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A directory of the bench's own, gone when this value is. On the disk that the build is on: a file system in
/// memory would make durable commits look free.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self> {
        let own = std::env::current_exe()?;
        let target = own.ancestors().nth(2).context("the bench runs from its target folder")?;
        let path = target.join(format!("bench-{}", std::process::id()));
        // Left by an earlier run that was killed and had the same id.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn sqlite(&self) -> String {
        format!("sqlite:{}/guardhouse.db", self.0.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the target folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A port nobody uses.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// How to start the server.
pub(crate) struct Setup {
    pub(crate) url: String,
    pub(crate) cores: Vec<usize>,
    pub(crate) workers: usize,
}

/// The path of the binary beside this one.
pub(crate) fn binary() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("guardhouse");
    ensure!(path.exists(), "{} is missing: cargo build --release -p guardhouse-server", path.display());
    Ok(path)
}

/// A running server.
pub(crate) struct House {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    /// From the start of the process to its first answer.
    pub(crate) started_in: Duration,
}

impl House {
    /// Starts it and waits for its first answer.
    pub(crate) async fn start(setup: &Setup) -> Result<Self> {
        Self::start_with(setup, &[]).await
    }

    /// The same with other settings on top, by their names in the environment.
    pub(crate) async fn start_with(setup: &Setup, settings: &[(&str, &str)]) -> Result<Self> {
        let address = free_address()?;
        let mut command = on(&setup.cores, &binary()?.to_string_lossy());
        command.args(["serve", "--listen", &address.to_string()]);
        for (name, value) in [
            ("MASTER_KEY", MASTER_KEY),
            ("DATABASE__URL", &setup.url),
            ("SERVER__PUBLIC_URL", &format!("http://{address}")),
            ("SERVER__WORKERS", &setup.workers.to_string()),
            ("PASSWORD__HASH_THREADS", &setup.cores.len().to_string()),
            ("REGISTRATION__VERIFY_EMAIL", "off"),
            ("TOKENS__ISSUER", "http://bench.localhost"),
            ("LOG__LEVEL", "error"),
            ("TELEMETRY__PUBLIC", "true"),
            // Counted as ever, and never reached.
            ("LIMITS__REGISTER", "1000000/1m"),
            ("LIMITS__REFRESH", "100000000/1m"),
            ("RISK__REGISTRATIONS", "off"),
            ("LOCKOUT__ATTEMPTS", "100"),
        ] {
            command.env(format!("GUARDHOUSE_{name}"), value);
        }
        command.envs(settings.iter().map(|(name, value)| (format!("GUARDHOUSE_{name}"), value)));
        let started = Instant::now();
        let process = Process::start(&mut command)?;
        answers(address, "/healthz", started + Duration::from_secs(30)).await?;
        Ok(Self { process, address, started_in: started.elapsed() })
    }

    /// A connection to it.
    pub(crate) async fn wire(&self) -> Result<Wire> {
        Wire::connect(self.address).await
    }

    /// A total of `/metrics`.
    pub(crate) async fn total(&self, name: &str) -> Result<f64> {
        let mut wire = self.wire().await?;
        let reply = wire.call(&request("GET", "/metrics", &[], "")).await?;
        let text = std::str::from_utf8(reply.body)?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        value.with_context(|| format!("no {name} among the metrics"))
    }

    /// Registers `count` people called `name0`, `name1`, …; gives their login answers.
    pub(crate) async fn people(&self, name: &str, count: usize) -> Result<Vec<Value>> {
        let mut wire = self.wire().await?;
        let mut logins = Vec::new();
        for number in 0..count {
            let body =
                json!({"email": format!("{name}{number}@example.com"), "password": PASSWORD, "name": "A Person"});
            let reply = wire.call(&request("POST", "/api/auth/register", &[], &body.to_string())).await?;
            ensure!(reply.status == 201, "registering: {}", String::from_utf8_lossy(reply.body));
            logins.push(serde_json::from_slice(reply.body)?);
        }
        Ok(logins)
    }

    /// The session cookie of a new login, as the `Cookie` header has it.
    pub(crate) async fn cookie(&self, name: &str) -> Result<String> {
        let body =
            json!({"email": format!("{name}@example.com"), "password": PASSWORD, "delivery": "cookie"}).to_string();
        let mut wire = self.wire().await?;
        let reply = wire.call(&request("POST", "/api/auth/login", &[], &body)).await?;
        ensure!(reply.status == 200, "signing in: {}", String::from_utf8_lossy(reply.body));
        let cookie = header(reply.head, "set-cookie").and_then(|line| line.split(';').next());
        Ok(cookie.context("no session cookie")?.to_owned())
    }
}

/// Waits until a server answers with 200.
pub(crate) async fn answers(address: SocketAddr, path: &str, until: Instant) -> Result<()> {
    let request = request("GET", path, &[], "");
    loop {
        if let Ok(mut wire) = Wire::connect(address).await
            && wire.call(&request).await.is_ok_and(|reply| reply.status == 200)
        {
            return Ok(());
        }
        ensure!(Instant::now() < until, "nothing answers on {address}");
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
}

/// The text at a place of a JSON answer.
pub(crate) fn text<'a>(answer: &'a Value, name: &str) -> Result<&'a str> {
    answer[name].as_str().with_context(|| format!("no {name}"))
}

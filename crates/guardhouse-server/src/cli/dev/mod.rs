//! `dev`: the first thing a newcomer runs.

mod banner;
mod logins;

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use guardhouse::{StartOptions, kernel::settings::Settings};
use guardhouse_core::time::Clock;

use super::Context;
use crate::{
    configuration::Configuration,
    failure::Failure,
    running::{self, Ports},
    telemetry,
};
use banner::Shown;
use logins::Logins;

pub(crate) use logins::FILE as LOGINS;

/// Runs on this machine alone, with users to try, mail to read in the browser and keys made on the spot.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse dev
  guardhouse dev --listen 127.0.0.1:8701
  guardhouse dev --fresh           # forget all users, sessions and keys of before

Everything is kept in ./.guardhouse/dev; starting again keeps it. Never for the world: use `guardhouse serve`.")]
pub(super) struct Dev {
    /// IP address and port; 0 takes a free one
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<SocketAddr>,
    /// Begin anew: removes the data of earlier runs
    #[arg(long)]
    fresh: bool,
    /// Let callers on this machine move the server's clock: POST /dev/clock {"advance":"15m"}
    #[arg(long)]
    clock_control: bool,
}

impl Dev {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut configuration = context.development()?;
        // The address and the logins are printed; the log would push them off the screen.
        configuration.set_default("log.level", &"warn")?;
        if let Some(listen) = self.listen {
            configuration.set("server.listen", &listen);
        }
        let settings = configuration.load()?;
        telemetry::start(&settings.log)?;
        running::runtime(settings.server.workers)?.block_on(self.serve(context, configuration, &settings))
    }

    async fn serve(self, context: &Context, mut configuration: Configuration, first: &Settings) -> Result<(), Failure> {
        // With the port taken no other `dev` runs here, so what `--fresh` removes is nobody's.
        let ports = Ports::bind(&first.server).await?;
        if self.fresh {
            remove(&first.data_dir)?;
        }
        let scheme = if ports.main.is_encrypted() { "https" } else { "http" };
        let port = ports.main.local_addr()?.port();
        configuration.set_default("server.public_url", &format!("{scheme}://localhost:{port}"))?;
        let settings = configuration.load_with_key()?;
        settings.check()?;
        let mut logins = Logins::keep(&settings.data_dir)?;
        let (public_url, data_dir) = (settings.server.public_url.clone(), settings.data_dir.clone());
        let clock = if self.clock_control { Clock::movable() } else { Clock::system() };
        let options = StartOptions { clock, migrate: true, background: true };
        let guardhouse = running::start(settings, options).await?;
        logins.seed(&guardhouse).await?;
        logins.give_key(&guardhouse, &data_dir).await?;
        let router = guardhouse.router();
        let shown =
            Shown { url: &public_url, data_dir: &data_dir, config: context.config.config.as_deref(), logins: &logins };
        context.out.line(banner::banner(context.out, &shown, self.clock_control))?;
        ports.serve(guardhouse, router).await;
        Ok(())
    }
}

/// What an earlier run left, and nothing else that might lie in the directory.
fn remove(data_dir: &Path) -> Result<(), Failure> {
    let names = ["guardhouse.db", "guardhouse.db-wal", "guardhouse.db-shm", "master.key", LOGINS];
    let paths: Vec<PathBuf> = names.iter().map(|name| data_dir.join(name)).collect();
    for path in paths {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::new(format!("can't remove {}: {error}", path.display())).mend("remove it by hand"));
            }
            _ => {}
        }
    }
    Ok(())
}

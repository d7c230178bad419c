//! `serve`: the server.

use std::net::SocketAddr;

use clap::Args;
use guardhouse::{Guardhouse, StartOptions, features::setup, kernel::settings::Profile};
use guardhouse_core::time::Clock;

use super::Context;
use crate::{
    failure::Failure,
    running::{self, Ports},
    telemetry,
};

/// Runs until SIGTERM or SIGINT, then finishes requests in flight.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse serve --config guardhouse.toml
  GUARDHOUSE_SERVER__LISTEN=0.0.0.0:8700 guardhouse serve --config guardhouse.toml
  guardhouse serve --no-migrate   # after `guardhouse migrate` in a step of its own

The profile is `production` unless another is set. SIGHUP reads certificates again.")]
pub(super) struct Serve {
    /// IP address and port, over server.listen
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<SocketAddr>,
    /// Leave the schema as it is; refuse to start where it is too old
    #[arg(long)]
    no_migrate: bool,
}

impl Serve {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        if context.config.dev {
            let told = Failure::usage("--dev is for verbs beside `guardhouse dev`");
            return Err(told.mend("run `guardhouse dev`, or `guardhouse serve` without it"));
        }
        let mut configuration = context.configuration(Profile::Production)?;
        if let Some(listen) = self.listen {
            configuration.set("server.listen", &listen);
        }
        let settings = configuration.load_with_key()?;
        settings.check()?;
        telemetry::start(&settings.log)?;
        for warning in settings.warnings() {
            tracing::warn!(setting = %warning.key, mend = %warning.mend, "{}", warning.what);
        }
        let runtime = running::runtime(settings.server.workers)?;
        runtime.block_on(async {
            let ports = Ports::bind(&settings.server).await?;
            let (profile, public_url) = (settings.profile, settings.server.public_url.clone());
            let options = StartOptions { clock: Clock::system(), migrate: !self.no_migrate, background: true };
            let guardhouse = running::start(settings, options).await?;
            tracing::info!(listen = %ports.main.local_addr()?, tls = ports.main.is_encrypted(), %profile, %public_url, "listening");
            first_administrator(context, &guardhouse).await?;
            let router = guardhouse.router();
            ports.serve(guardhouse, router).await;
            Ok(())
        })
    }
}

/// An empty database has nobody who could let others in. The code is for who started the server: it goes to standard
/// output, and to no log of ours.
async fn first_administrator(context: &Context, guardhouse: &Guardhouse) -> Result<(), Failure> {
    let ctx = guardhouse.ctx();
    let Some(code) = setup::issue(ctx).await? else { return Ok(()) };
    let (page, life) = (ctx.links.to(setup::PATH), setup::LIFE);
    context.out.line(format!(
        "There are no users yet. Make the first administrator on this page, with this code that works once, for {life}:\n  \
         {page}\n  \
         {code}\n\
         or here, with the same settings:\n  \
         guardhouse user create --email you@example.com --name \"Your Name\" --role admin --password-stdin"
    ))
}

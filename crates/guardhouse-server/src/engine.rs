//! The engine for a verb that does one thing with it.

use guardhouse::{
    Guardhouse, StartOptions, assembly,
    kernel::{
        accounts::{self, Account},
        ctx::Ctx,
        settings::{Profile, Settings},
    },
};
use guardhouse_core::time::Clock;
use guardhouse_store::{Db, migrations};

use crate::{
    cli::{Context, LOGINS},
    data::Named,
    failure::Failure,
    running, telemetry,
};

/// Works on the database directly, beside a server that may be running on it.
pub(crate) fn with_engine<T>(
    context: &Context,
    work: impl AsyncFnOnce(&Ctx) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut configuration = context.configuration(Profile::Production)?;
    configuration.set_default("log.level", &"warn")?;
    let settings = configuration.load()?;
    if context.config.dev && !settings.data_dir.join(LOGINS).exists() {
        let nothing = Failure::new(format!("`guardhouse dev` has left nothing in {}", settings.data_dir.display()));
        return Err(nothing.mend("run `guardhouse dev` first, or this verb where it was run"));
    }
    let settings = configuration.load_with_key()?;
    telemetry::start(&settings.log)?;
    running::runtime(0)?.block_on(async {
        // A server may run beside this: jobs and recurring turns are left to it.
        let migrate = is_empty(&settings).await?;
        let options = StartOptions { clock: Clock::system(), migrate, background: false };
        let guardhouse: Guardhouse = running::start(settings, options).await?;
        let done = work(guardhouse.ctx()).await;
        guardhouse.stop().await;
        done
    })
}

/// A database without tables is filled; one with tables is left to `migrate` and `serve`, because a
/// server of an earlier version may be running on it.
async fn is_empty(settings: &Settings) -> Result<bool, Failure> {
    let unreachable =
        |error| Failure::new(format!("{error}")).mend("see that database.url names a database that can be reached");
    let all = assembly::migrations();
    let db = Db::open(&settings.database.options()).map_err(unreachable)?;
    Ok(migrations::pending(&db, &all).await.map_err(unreachable)?.len() == all.len())
}

/// The account that somebody means by an e-mail address or an id.
pub(crate) async fn account(ctx: &Ctx, named: &str) -> Result<Account, Failure> {
    let found = match Named::parse(named)? {
        Named::Id(id) => accounts::by_id(ctx, id).await?,
        Named::Email(email) => accounts::by_email(ctx, &email).await?,
    };
    found.ok_or_else(|| Named::unknown(named))
}

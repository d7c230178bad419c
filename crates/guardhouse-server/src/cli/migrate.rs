//! `migrate`: the schema, in a step of its own.

use clap::Args;
use guardhouse::{assembly, kernel::settings::Profile};
use guardhouse_core::time::Clock;
use guardhouse_store::{
    Db, StoreError,
    migrations::{self, Migration, Status},
};
use serde_json::{Value, json};

use super::Context;
use crate::{failure::Failure, progress::Progress, running};

/// Applies what the database's schema lacks. Forward only; running it twice does no harm.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse migrate --config guardhouse.toml
  guardhouse migrate --dry-run --format json")]
pub(super) struct Migrate {
    /// Show what would be done and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Migrate {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let settings = context.configuration(Profile::Production)?.load()?;
        let all = assembly::migrations();
        running::runtime(1)?.block_on(async {
            let db = Db::open(&settings.database.options()).map_err(|error| failed(&error))?;
            if !self.dry_run {
                apply(&db, &all).await.map_err(|error| failed(&error))?;
            }
            let status = migrations::status(&db, &all).await.map_err(|error| failed(&error))?;
            let rows: Vec<Value> = status.iter().map(row).collect();
            context.out.table(&rows, &["number", "feature", "name", "applied_at"], "There are no migrations.")?;
            let waiting = status.iter().filter(|status| status.applied_at.is_none()).count();
            match waiting {
                _ if context.out.is_json() => Ok(()),
                0 => context.out.line("The schema is up to date."),
                1 => context.out.line("One migration waits."),
                n => context.out.line(format!("{n} migrations wait.")),
            }
        })
    }
}

async fn apply(db: &Db, all: &[Migration]) -> Result<(), StoreError> {
    let progress = Progress::bar("migrating", migrations::pending(db, all).await?.len() as u64);
    migrations::migrate_seen(db, all, Clock::system().now(), |done| progress.set(done as u64)).await.map(drop)
}

fn row(status: &Status) -> Value {
    json!({
        "number": status.number,
        "feature": status.feature,
        "name": status.name,
        "applied_at": status.applied_at,
        "known": status.known,
    })
}

fn failed(error: &StoreError) -> Failure {
    let failure = Failure::new(format!("the database can't be brought up to date: {error}"));
    match error {
        StoreError::Unavailable(_) => failure.mend("see that database.url names a database that can be reached"),
        _ => failure,
    }
}

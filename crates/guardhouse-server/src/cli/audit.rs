//! `audit`: who did what.

use std::time::Duration;

use clap::{Args, Subcommand};
use guardhouse::kernel::audit::{Filter, MAX_PAGE};

use super::Context;
use crate::{
    data::{Data, ServerOptions, Which, with_data},
    failure::Failure,
    out::{Out, text},
    progress::Progress,
};

const COLUMNS: [&str; 6] = ["at", "action", "outcome", "subject", "actor", "ip"];
const LOOK: Duration = Duration::from_secs(1);

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  guardhouse audit tail --follow
  guardhouse audit export --since 2026-01-01T00:00:00Z > january.ndjson
  guardhouse audit verify")]
pub(super) enum Audit {
    /// Show the newest events, and new ones as they come with --follow
    Tail(Tail),
    /// Write all events, one JSON object a line, the newest first
    Export(Export),
    /// Check that no event was altered, added or taken away
    #[command(
        after_help = "Examples:\n  guardhouse audit verify --format json\n\nExit code 1 when something is wrong."
    )]
    Verify,
}

/// Shows the newest events.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse audit tail -n 50 --action password.
  guardhouse audit tail --follow --user alice@example.com")]
pub(super) struct Tail {
    /// How many, 200 at most
    #[arg(short = 'n', long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_PAGE)))]
    number: u32,
    /// Go on with new events until stopped
    #[arg(long, short)]
    follow: bool,
    #[command(flatten)]
    which: Which,
}

/// Writes all events.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse audit export > audit.ndjson
  guardhouse audit export --since 2026-01-01T00:00:00Z --until 2026-02-01T00:00:00Z | gzip > january.ndjson.gz")]
pub(super) struct Export {
    #[command(flatten)]
    which: Which,
}

impl Audit {
    pub(super) fn run(self, context: &Context, server: &ServerOptions) -> Result<(), Failure> {
        let out = context.out;
        with_data(context, server, async |data| match self {
            Self::Tail(verb) => tail(data, out, verb).await,
            Self::Export(verb) => export(data, out, verb).await,
            Self::Verify => verify(data, out).await,
        })
    }
}

async fn tail(data: Data<'_>, out: Out, verb: Tail) -> Result<(), Failure> {
    let mut filter = Filter { limit: verb.number, ..verb.which.filter(data).await? };
    let mut events = data.events(&filter).await?;
    // The newest last, where the eye is.
    events.reverse();
    if !verb.follow {
        return out.table(&events, &COLUMNS, "There are no events.");
    }
    filter.limit = MAX_PAGE;
    // Ids sort by time, as texts as well.
    let mut last = String::new();
    loop {
        for event in events.iter().filter(|event| text(&event["id"]) > last) {
            out.line(event)?;
        }
        last = events.last().map(|event| text(&event["id"])).max(Some(last)).unwrap_or_default();
        tokio::time::sleep(LOOK).await;
        events = data.events(&filter).await?;
        events.reverse();
    }
}

async fn export(data: Data<'_>, out: Out, verb: Export) -> Result<(), Failure> {
    let filter = verb.which.filter(data).await?;
    let progress = Progress::count_beside_output("events exported:");
    let lines = |piece: &[u8]| piece.split(|byte| *byte == b'\n').skip(1).count() as u64;
    data.export(filter, |piece| {
        progress.add(lines(piece));
        out.raw(piece)
    })
    .await
}

async fn verify(data: Data<'_>, out: Out) -> Result<(), Failure> {
    let report = {
        let progress = Progress::count("events verified:");
        data.verify(|events| progress.set(events)).await?
    };
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    if out.is_json() {
        out.json(&report)?;
    } else {
        let count = |name: &str| text(&report[name]);
        out.line(format!(
            "{} events in {} chains, {} checkpoints; {} wait to be linked, {} erased on request.",
            count("events"),
            count("chains"),
            count("checkpoints"),
            count("unlinked"),
            count("erased")
        ))?;
        out.table(&findings, &["flaw", "node", "position", "event", "about"], "Nothing is wrong.")?;
    }
    if report["ok"] == true {
        return Ok(());
    }
    Err(Failure::new(format!("the audit log is not as it was written: {} findings", findings.len()))
        .mend("keep a copy of the database, and compare it with the last export or backup that was good"))
}

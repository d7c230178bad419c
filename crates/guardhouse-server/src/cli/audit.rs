//! `audit`: who did what.

use std::{pin::pin, time::Duration};

use axum::body::Bytes;
use clap::{Args, Subcommand};
use futures_util::TryStreamExt as _;
use guardhouse::kernel::{
    audit::{self, Filter, MAX_PAGE},
    ctx::Ctx,
};
use guardhouse_core::{ids::EventId, time::Timestamp};

use super::Context;
use crate::{
    engine::{account, with_engine},
    failure::Failure,
    out::Out,
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

/// Which events are wanted.
#[derive(Args, Debug)]
struct Which {
    /// Only about this user: e-mail address or id
    #[arg(long)]
    user: Option<String>,
    /// Only actions that begin so: `password.`
    #[arg(long)]
    action: Option<String>,
    /// From this moment on (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Before this moment (RFC 3339)
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

impl Which {
    async fn filter(self, ctx: &Ctx, limit: u32) -> Result<Filter, Failure> {
        let subject = match self.user {
            Some(user) => Some(account(ctx, &user).await?.id),
            None => None,
        };
        Ok(Filter { subject, action: self.action, since: self.since, until: self.until, limit, ..Filter::default() })
    }
}

impl Audit {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let out = context.out;
        with_engine(context, async |ctx| match self {
            Self::Tail(verb) => tail(ctx, out, verb).await,
            Self::Export(verb) => export(ctx, out, verb).await,
            Self::Verify => verify(ctx, out).await,
        })
    }
}

async fn tail(ctx: &Ctx, out: Out, verb: Tail) -> Result<(), Failure> {
    let mut filter = verb.which.filter(ctx, verb.number).await?;
    let mut events = audit::list(ctx, &filter).await?.events;
    // The newest last, where the eye is.
    events.reverse();
    if !verb.follow {
        return out.table(&events, &COLUMNS, "There are no events.");
    }
    filter.limit = MAX_PAGE;
    let mut last: Option<EventId> = None;
    loop {
        for event in events.iter().filter(|event| last.is_none_or(|last| event.id > last)) {
            out.line(serde_json::to_string(event).map_err(Failure::new)?)?;
        }
        last = events.last().map(|event| event.id).max(last);
        tokio::time::sleep(LOOK).await;
        events = audit::list(ctx, &filter).await?.events;
        events.reverse();
    }
}

async fn export(ctx: &Ctx, out: Out, verb: Export) -> Result<(), Failure> {
    let filter = verb.which.filter(ctx, MAX_PAGE).await?;
    let mut pages = pin!(audit::export(ctx.clone(), filter));
    while let Some(page) = pages.try_next().await? {
        let page: Bytes = page;
        out.line(String::from_utf8_lossy(&page).trim_end())?;
    }
    Ok(())
}

async fn verify(ctx: &Ctx, out: Out) -> Result<(), Failure> {
    let report = audit::verify(ctx).await?;
    if out.is_json() {
        out.json(&report)?;
    } else {
        out.line(format!(
            "{} events in {} chains, {} checkpoints; {} wait to be linked, {} erased on request.",
            report.events, report.chains, report.checkpoints, report.unlinked, report.erased
        ))?;
        out.table(&report.findings, &["flaw", "node", "position", "event", "about"], "Nothing is wrong.")?;
    }
    if report.ok {
        return Ok(());
    }
    Err(Failure::new(format!("the audit log is not as it was written: {} findings", report.findings.len()))
        .mend("keep a copy of the database, and compare it with the last export or backup that was good"))
}

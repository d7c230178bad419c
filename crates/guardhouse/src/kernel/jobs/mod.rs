//! Background work: rows of the store's queue, each kind run by the feature that declared it, and
//! chores that recur on each node or once for all nodes.

pub mod store;
mod sweep;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

use std::collections::HashMap;

use futures_util::future::join_all;
use guardhouse_core::time::{Span, Timestamp};
use guardhouse_store::{
    jobs::{self, Job},
    params,
};
use tokio::sync::watch;

pub use sweep::{Flush, OF_THE_STORE, Sweep};

use super::{
    BoxFuture, audit,
    ctx::Ctx,
    errors::{Error, Result},
    sessions,
};

/// A kind of background work.
#[derive(Clone, Copy)]
pub enum JobKind {
    /// Run for each queued row of this kind; tried again with growing pauses when it fails.
    Queued {
        /// The kind in the queue.
        kind: &'static str,
        /// What is done for a row.
        run: for<'a> fn(&'a Ctx, &'a Job) -> BoxFuture<'a, Result<()>>,
    },
    /// Run again and again, on one node at a time.
    Recurring {
        /// Its name in the log and the queue.
        name: &'static str,
        /// Pause between runs.
        every: Span,
        /// What is done.
        run: for<'a> fn(&'a Ctx) -> BoxFuture<'a, Result<()>>,
    },
    /// Run before a process answers its first request and again and again after that, by each for itself: it fills
    /// memory.
    EachProcess {
        /// Its name in the log.
        name: &'static str,
        /// Pause between runs.
        every: Span,
        /// What is done.
        run: for<'a> fn(&'a Ctx) -> BoxFuture<'a, Result<()>>,
    },
}

impl JobKind {
    fn queued(&self) -> Option<&'static str> {
        match self {
            Self::Queued { kind, .. } => Some(kind),
            Self::Recurring { .. } | Self::EachProcess { .. } => None,
        }
    }
}

/// How often the queue is looked into when nobody wakes it.
const LOOK: Span = Span::milliseconds(500);
/// A job not finished by then is another node's.
const LEASE: Span = Span::minutes(2);
/// A job gets no more time than this, so that it is over while the lease still holds.
const TIME: Span = Span::minutes(1);
/// Jobs run at once. They share one lease and a shutdown waits for them, so none may wait for another.
const BATCH: u32 = 4;
/// Pauses between tries double up to this.
const LONGEST_PAUSE: Span = Span::hours(4);

/// Works on the queue until `stop` turns true; the jobs in hand are finished, which takes a minute at most.
pub async fn work(ctx: Ctx, kinds: Vec<JobKind>, mut stop: watch::Receiver<bool>) {
    let mut due = first_runs(&ctx, &kinds);
    while !*stop.borrow() {
        let busy = run_queued(&ctx, &kinds).await;
        run_recurring(&ctx, &kinds, &mut due, &stop).await;
        run_each_process(&ctx, &kinds, &mut due).await;
        if busy {
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK.to_std()) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Runs what is queued and due; whether there was anything.
pub async fn run_queued(ctx: &Ctx, kinds: &[JobKind]) -> bool {
    let queued: Vec<&str> = kinds.iter().filter_map(JobKind::queued).collect();
    let claimed = match jobs::claim(&ctx.db, &queued, ctx.now(), LEASE, BATCH).await {
        Ok(claimed) => claimed,
        Err(error) => {
            tracing::warn!(%error, "the job queue cannot be read");
            return false;
        }
    };
    join_all(claimed.iter().map(|job| attend(ctx, kinds, job))).await;
    !claimed.is_empty()
}

async fn attend(ctx: &Ctx, kinds: &[JobKind], job: &Job) {
    let run = kinds.iter().find_map(|kind| match kind {
        JobKind::Queued { kind, run } if *kind == job.kind => Some(run),
        _ => None,
    });
    let Some(run) = run else { return };
    let outcome = within(TIME, run(ctx, job)).await;
    if let Err(error) = settle(ctx, job, outcome).await {
        tracing::warn!(%error, kind = %job.kind, "a job's outcome cannot be written; it will run again");
    }
}

async fn within(time: Span, work: impl Future<Output = Result<()>>) -> Result<()> {
    let late = |_| Err(Error::internal(format!("the job was not done within {time}")));
    tokio::time::timeout(time.to_std(), work).await.unwrap_or_else(late)
}

async fn settle(ctx: &Ctx, job: &Job, outcome: Result<()>) -> Result<()> {
    match outcome {
        Ok(()) => {
            jobs::finish(&ctx.db, job).await?;
        }
        Err(error) => {
            let cause = error.cause().map(ToString::to_string).unwrap_or_default();
            tracing::warn!(kind = %job.kind, attempts = job.attempts, cause, "a job failed and will be tried again");
            let pause = Span((1_000_000i64 << job.attempts.min(20)).min(LONGEST_PAUSE.0));
            jobs::retry(&ctx.db, job, ctx.now() + pause, &error.to_string()).await?;
        }
    }
    Ok(())
}

/// Runs recurring work that is due: a row per name says when it ran last, so that one node does it.
async fn run_recurring(ctx: &Ctx, kinds: &[JobKind], due: &mut Due, stop: &watch::Receiver<bool>) {
    for kind in kinds {
        if *stop.borrow() {
            return;
        }
        let JobKind::Recurring { name, every, run } = kind else { continue };
        let now = ctx.now();
        if due.get(name).is_some_and(|at| *at > now) {
            continue;
        }
        due.insert(name, now + Span(every.0.min(Span::minutes(1).0)));
        let turn = ctx.db.returning(&store::TAKE_TURN, params![*name, now, now + *every]).await;
        match turn {
            Ok(Some(_)) => {
                if let Err(error) = run(ctx).await {
                    tracing::warn!(%error, name, "recurring work failed");
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, name, "recurring work cannot be claimed"),
        }
    }
}

type Due = HashMap<&'static str, Timestamp>;

/// Runs what each process does for itself, before it answers anything.
pub async fn begin(ctx: &Ctx, kinds: &[JobKind]) -> Result<()> {
    for kind in kinds {
        if let JobKind::EachProcess { run, .. } = kind {
            run(ctx).await?;
        }
    }
    Ok(())
}

/// When that is due again after [`begin`].
fn first_runs(ctx: &Ctx, kinds: &[JobKind]) -> Due {
    let each = kinds.iter().filter_map(|kind| match kind {
        JobKind::EachProcess { name, every, .. } => Some((*name, ctx.now() + *every)),
        _ => None,
    });
    each.collect()
}

async fn run_each_process(ctx: &Ctx, kinds: &[JobKind], due: &mut Due) {
    for kind in kinds {
        let JobKind::EachProcess { name, every, run } = kind else { continue };
        if due.get(name).is_some_and(|at| *at > ctx.now()) {
            continue;
        }
        due.insert(name, ctx.now() + *every);
        if let Err(error) = run(ctx).await {
            tracing::warn!(%error, name, "recurring work failed");
        }
    }
}

/// What each process does for itself: stamps, the audit chain, the set of what ended.
pub async fn chores(ctx: Ctx, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(audit::LINK_EVERY.to_std()) => {}
            _ = stop.changed() => return,
        }
        chore(&ctx).await;
    }
}

async fn chore(ctx: &Ctx) {
    ctx.ended.sweep(ctx.now());
    if let Err(error) = sessions::flush(ctx).await {
        tracing::warn!(%error, "uses of sessions cannot be written yet");
    }
    if let Err(error) = audit::link(ctx).await {
        tracing::warn!(%error, "the audit chain cannot be extended yet");
    }
}

/// Writes what waits in memory, before the process ends.
pub async fn last_acts(ctx: &Ctx) {
    if let Err(error) = sessions::flush(ctx).await {
        tracing::warn!(%error, "uses of sessions were lost");
    }
    for Flush { name, run } in &ctx.flushes {
        if let Err(error) = run(ctx).await {
            tracing::warn!(%error, name, "what waited in memory was lost");
        }
    }
    if let Err(error) = audit::stop(ctx).await {
        tracing::warn!(%error, "the audit chain was left open; another process will close it");
    }
}

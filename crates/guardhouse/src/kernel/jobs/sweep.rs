use guardhouse_core::time::Span;
use guardhouse_store::{changes, jobs};

use super::JobKind;
use crate::kernel::{BoxFuture, ctx::Ctx, errors::Result};

/// Removal of what is over (M-40): a constant of whoever keeps the rows, which lists it under `sweeps`. Each has a turn of
/// its own, so that one that fails holds up no other.
#[derive(Clone, Copy)]
pub struct Sweep {
    /// Its name in the log and the queue.
    pub name: &'static str,
    /// Removes what is over by now, some rows at a time.
    pub run: for<'a> fn(&'a Ctx) -> BoxFuture<'a, Result<()>>,
}

/// Writes what was gathered in memory: a constant of whoever gathers it, which lists it under `flushes`.
#[derive(Clone, Copy)]
pub struct Flush {
    /// Its name in the log.
    pub name: &'static str,
    /// Writes all of it.
    pub run: for<'a> fn(&'a Ctx) -> BoxFuture<'a, Result<()>>,
}

impl Sweep {
    /// As recurring work.
    pub const fn job(self) -> JobKind {
        JobKind::Recurring { name: self.name, every: Span::minutes(10), run: self.run }
    }
}

/// What no try could do is kept so long for an operator to look at.
const DEAD_KEPT: Span = Span::days(30);

/// What the store itself keeps: counters, the change log, jobs that no try could do.
pub const OF_THE_STORE: &[Sweep] = &[
    Sweep { name: "counters.sweep", run: |ctx| Box::pin(async { Ok(ctx.counters.prune(ctx.now()).await.map(drop)?) }) },
    Sweep {
        name: "changes.sweep",
        run: |ctx| Box::pin(async { Ok(changes::prune(&ctx.db, ctx.now()).await.map(drop)?) }),
    },
    Sweep {
        name: "jobs.sweep",
        run: |ctx| Box::pin(async { Ok(jobs::prune(&ctx.db, ctx.now(), ctx.now() - DEAD_KEPT).await.map(drop)?) }),
    },
];

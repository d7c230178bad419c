//! How often and when keys were used, gathered in memory and written in batches, never on a request's path; and which
//! refusals were audited lately.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use guardhouse_core::{
    ids::ApiKeyId,
    time::{Span, Timestamp},
};
use guardhouse_store::{Unit, params};

use super::{live::memory, store};
use crate::kernel::{
    ctx::Ctx,
    errors::Result,
    jobs::{Flush, JobKind},
};

/// Writes what waits now and then.
pub(super) const JOB: JobKind =
    JobKind::EachProcess { name: "api_keys.uses", every: Span::seconds(10), run: |ctx| Box::pin(flush(ctx)) };
/// Writes what waits before the process ends.
pub(super) const FLUSH: Flush = Flush { name: "api_keys.uses", run: |ctx| Box::pin(flush(ctx)) };

const BATCH: usize = 500;

#[derive(Clone, Copy)]
struct Count {
    uses: i64,
    last: Timestamp,
}

/// Uses not written yet.
#[derive(Default)]
pub(super) struct Uses(Mutex<HashMap<ApiKeyId, Count>>);

impl Uses {
    /// Notes that the key was used now.
    pub(super) fn seen(&self, id: ApiKeyId, now: Timestamp) {
        self.add(id, Count { uses: 1, last: now });
    }

    fn add(&self, id: ApiKeyId, more: Count) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.entry(id).or_insert(Count { uses: 0, last: more.last });
        *count = Count { uses: count.uses + more.uses, last: count.last.max(more.last) };
    }

    fn take(&self) -> Vec<(ApiKeyId, Count)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain().collect()
    }
}

/// Writes all uses that wait.
pub(super) async fn flush(ctx: &Ctx) -> Result<()> {
    let uses = &memory(ctx).uses;
    let taken = uses.take();
    for (at, batch) in taken.chunks(BATCH).enumerate() {
        let unit = batch
            .iter()
            .fold(Unit::new(), |unit, (id, count)| unit.step(&store::USED, params![*id, count.uses, count.last]));
        if let Err(error) = ctx.db.run(unit).await {
            taken[at * BATCH..].iter().for_each(|(id, count)| uses.add(*id, *count));
            return Err(error.into());
        }
    }
    Ok(())
}

/// A refusal is audited so often at most for one key.
const WINDOW: Span = Span::minutes(1);
/// Keys kept in memory; where all of these were refused within a minute, no more is written.
const MOST: usize = 10_000;

/// When the last refusal of a key was audited.
#[derive(Default)]
pub(super) struct Refusals(Mutex<HashMap<ApiKeyId, Timestamp>>);

impl Refusals {
    /// Whether a refusal now is to be audited; says so once in [`WINDOW`].
    pub(super) fn due(&self, id: ApiKeyId, now: Timestamp) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.get(&id).is_some_and(|at| now.since(*at) < WINDOW) {
            return false;
        }
        if last.len() >= MOST {
            last.retain(|_, at| now.since(*at) < WINDOW);
        }
        let room = last.len() < MOST;
        if room {
            last.insert(id, now);
        }
        room
    }
}

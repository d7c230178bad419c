//! The policies in effect, in memory.
//!
//! They are read again when the change log says so, and whoever asks meanwhile reads them first: no question is answered by
//! policies that are known to be others now. Where they cannot be read, questions are refused (503) rather than guessed.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use super::{
    engine::{self, Set},
    store,
};
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
};
use guardhouse_core::time::Span;
use guardhouse_store::params;

/// See the module.
pub(super) struct Held {
    present: RwLock<Option<Present>>,
    /// How many changes were heard of; the first is that nothing was read yet.
    changes: AtomicU64,
    /// One reading at a time: those who wait find its result.
    reading: tokio::sync::Mutex<()>,
    /// What parses and validates has stacks of its own, of which there are few.
    pub(super) workshop: tokio::sync::Semaphore,
}

#[derive(Clone)]
struct Present {
    set: Arc<Set>,
    /// The changes that had been heard of when its reading began.
    as_of: u64,
}

/// Parsings at a time.
const WORKERS: usize = 2;

impl Default for Held {
    fn default() -> Self {
        Self {
            present: RwLock::default(),
            changes: AtomicU64::new(1),
            reading: tokio::sync::Mutex::default(),
            workshop: tokio::sync::Semaphore::new(WORKERS),
        }
    }
}

impl Held {
    fn of(ctx: &Ctx) -> &Self {
        ctx.opened.of()
    }

    fn current(&self) -> Option<Arc<Set>> {
        let present = self.present.read().unwrap_or_else(PoisonError::into_inner);
        let current = present.as_ref().filter(|present| present.as_of >= self.changes.load(Ordering::Acquire));
        current.map(|present| Arc::clone(&present.set))
    }

    fn put(&self, fresh: Present) {
        let mut present = self.present.write().unwrap_or_else(PoisonError::into_inner);
        if present.as_ref().is_none_or(|present| present.as_of <= fresh.as_of) {
            *present = Some(fresh);
        }
    }
}

/// The policies are others by now than those in memory.
pub(super) fn changed(ctx: &Ctx) {
    Held::of(ctx).changes.fetch_add(1, Ordering::AcqRel);
}

/// The policies in effect.
///
/// # Errors
/// [`Code::Unavailable`] where they changed and cannot be read.
pub(super) async fn current(ctx: &Ctx) -> Result<Arc<Set>> {
    let held = Held::of(ctx);
    if let Some(set) = held.current() {
        return Ok(set);
    }
    let _one = held.reading.lock().await;
    if let Some(set) = held.current() {
        return Ok(set);
    }
    let as_of = held.changes.load(Ordering::Acquire);
    let set = read(ctx).await.map_err(|error| {
        Error::new(Code::Unavailable, "The policies cannot be read right now. Try again in a moment.")
            .retry_after(Span::seconds(2))
            .caused_by(error)
    })?;
    let set = Arc::new(set);
    held.put(Present { set: Arc::clone(&set), as_of });
    Ok(set)
}

/// Reads them again where they changed.
pub(super) async fn reload(ctx: &Ctx) -> Result<()> {
    current(ctx).await.map(drop)
}

async fn read(ctx: &Ctx) -> Result<Set> {
    let schema = ctx.db.scan(&store::SET, params![]).await?;
    let schema = schema.first().map(|row| row.opt_text(2)).transpose()?.flatten();
    let rows = ctx.db.scan(&store::ACTIVE, params![]).await?;
    let mut policies = Vec::new();
    for row in &rows {
        policies.push(store::active(row)?.0);
    }
    if policies.is_empty() && schema.is_none() {
        // Most servers have none, and neither memory nor a thread for the parser.
        return Ok(Set::none());
    }
    let made = parsing(ctx, move || {
        let schema = schema.as_deref().map(engine::schema).transpose();
        let schema = schema.map_err(|faults| unreadable("the schema", &faults))?;
        Set::of(&policies, schema.as_ref()).map_err(|error| unreadable(&error.policy, &error.faults))
    });
    // What was stored by another version and is not understood might forbid, so it must not be left out.
    made.await?.map_err(Error::internal)
}

fn unreadable(what: &str, faults: &[engine::Fault]) -> String {
    let first = faults.first().map(ToString::to_string).unwrap_or_default();
    format!("the stored policies are not understood: {what}: {first}")
}

/// Does work of the parser or validator where it holds up nothing, on a stack that is deep enough.
pub(super) async fn parsing<T: Send + 'static>(ctx: &Ctx, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _place = Held::of(ctx).workshop.acquire().await.map_err(Error::internal)?;
    let done = tokio::task::spawn_blocking(move || engine::on_a_deep_stack(work)).await;
    done.map_err(Error::internal)?.map_err(Error::internal)
}

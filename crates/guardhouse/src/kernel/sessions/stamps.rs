//! When sessions were last used: gathered in memory and written in batches, never on a request's path.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError, atomic::Ordering},
};

use guardhouse_core::{
    ids::SessionId,
    time::{Span, Timestamp},
};
use guardhouse_store::{Unit, params};

use super::{LiveSession, store};
use crate::kernel::{ctx::Ctx, errors::Result};

/// A session is stamped at most so often.
const COARSE: Span = Span::seconds(30);
const BATCH: usize = 500;

/// Stamps not written yet.
#[derive(Default)]
pub struct Stamps(Mutex<HashMap<SessionId, Timestamp>>);

impl Stamps {
    /// Notes that the session was used now.
    pub fn seen(&self, session: &LiveSession, now: Timestamp) {
        if now.since(session.last_seen()) >= COARSE {
            session.last_seen.store(now.0, Ordering::Relaxed);
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(session.id, now);
        }
    }

    fn take(&self) -> Vec<(SessionId, Timestamp)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain().collect()
    }

    fn put_back(&self, stamps: &[(SessionId, Timestamp)]) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, at) in stamps {
            waiting.entry(*id).or_insert(*at);
        }
    }
}

/// Writes all stamps that wait.
pub async fn flush(ctx: &Ctx) -> Result<()> {
    let stamps = ctx.stamps.take();
    for (at, batch) in stamps.chunks(BATCH).enumerate() {
        let unit = batch.iter().fold(Unit::new(), |unit, (id, seen)| unit.step(&store::SEEN, params![*id, *seen]));
        if let Err(error) = ctx.db.run(unit).await {
            ctx.stamps.put_back(&stamps[at * BATCH..]);
            return Err(error.into());
        }
    }
    Ok(())
}

//! The audit log: who did what, when, from where, and how it went (M-34, ASVS V16, ruling 34).
//!
//! An event is written in the same commit as the act. Each row carries a MAC over all its columns, and
//! each process links the rows of its own into a chain about once a second, so that many nodes need no
//! lock. Signed checkpoints join the heads of all chains and mark where retention cut them. Whoever only
//! writes to the database can neither make an event up, nor change, drop or move one unseen.
//!
//! What is personal in an event (network address, browser, e-mail address, details) is sealed; the MAC
//! covers its SHA-256, so it can be erased with the chain whole. Secrets never go in.

mod checkpoint;
mod erase;
mod event;
mod jobs;
mod kept;
mod link;
mod list;
mod logins;
mod retention;
mod row;
pub mod store;
mod verify;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};

use guardhouse_core::{
    ids::{AccountId, EventId},
    time::Timestamp,
};
use guardhouse_store::Unit;

pub use erase::{REST as ERASING, erase_the_rest};
pub use event::{Event, Outcome, Who};
pub use jobs::{LINK_EVERY, jobs, stop};
pub use kept::{by_master_key, checkpoints_by_master_key};
pub use link::link;
pub use list::{EventPage, EventView, Filter, MAX_PAGE, export, list};
pub use logins::logins;
pub use store::MIGRATIONS;
pub use verify::{Finding, Flaw, Report, verify, verify_seen};

use super::{
    ctx::Ctx,
    errors::{Error, Result},
    feature::PersonalData,
};

/// The audit log of this process.
#[derive(Debug, Default)]
pub struct Audit {
    /// Where this process's chain ends. Kept here, so that rows taken off its end leave a gap that shows.
    head: tokio::sync::Mutex<Option<link::Head>>,
    /// Milliseconds and counter of the last event's id.
    last: AtomicU64,
}

impl Audit {
    /// A log whose chain begins with the first event.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the event to the unit of the act: both happen or neither.
    pub fn step(&self, ctx: &Ctx, unit: Unit, event: Event) -> Unit {
        unit.step(&store::ADD, row::EventRow::seal(ctx, event).params())
    }

    /// An id above all that this process gave before, so that events of one millisecond keep their order
    /// (RFC 9562, section 6.2: the twelve bits after the version count).
    fn next_id(&self, now: Timestamp) -> EventId {
        let floor = u64::try_from(now.0.div_euclid(1000)).unwrap_or(0) << 12;
        let step = |last: u64| Some(floor.max(last + 1));
        let last = self.last.fetch_update(Ordering::AcqRel, Ordering::Acquire, step).unwrap_or_default();
        let next = floor.max(last + 1);
        let mut bytes = EventId::new(now).bytes();
        bytes[..6].copy_from_slice(&(next >> 12).to_be_bytes()[2..]);
        let [high, low] = (0x7000 | (next & 0xfff) as u16).to_be_bytes();
        (bytes[6], bytes[7]) = (high, low);
        EventId::from_bytes(bytes)
    }

    /// Writes an event that stands alone, such as a refusal.
    pub async fn record(&self, ctx: &Ctx, event: Event) -> Result<()> {
        let _ = ctx.db.run(self.step(ctx, Unit::new(), event)).await?;
        Ok(())
    }
}

/// The most events of an export: years of an ordinary account.
const EXPORTED: usize = 10_000;

/// The events about an account; what is personal in them is erased with it.
pub const PERSONAL_DATA: PersonalData =
    PersonalData { name: "audit_events", export: |ctx, id| Box::pin(export_of(ctx, id)), erase: erase::newest };

async fn export_of(ctx: &Ctx, subject: AccountId) -> Result<serde_json::Value> {
    let mut filter = Filter { subject: Some(subject), limit: MAX_PAGE, ..Filter::default() };
    let mut events = Vec::new();
    while events.len() < EXPORTED {
        let page = list(ctx, &filter).await?;
        events.extend(page.events.into_iter().map(|event| event.shown_to(subject)));
        filter.cursor = page.next;
        if filter.cursor.is_none() {
            break;
        }
    }
    serde_json::to_value(events).map_err(Error::internal)
}

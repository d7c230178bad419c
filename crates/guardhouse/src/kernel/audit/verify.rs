use std::collections::{BTreeMap, HashMap};

use data_encoding::HEXLOWER;
use guardhouse_core::ids::{EventId, NodeId};
use guardhouse_store::params;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    checkpoint::{self, Mark},
    link::{self, Head},
    row::EventRow,
    store,
};
use crate::kernel::{ctx::Ctx, errors::Result};

const PAGE: i64 = 1000;
/// More findings than anybody reads.
const MOST_FINDINGS: usize = 100;

/// What is wrong at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The row is not as it was written, or was not written by this server.
    Altered,
    /// Events are gone.
    Missing,
    /// The row is genuine and does not belong in this place.
    Misplaced,
    /// A checkpoint is altered, out of its order or gone.
    Checkpoint,
}

/// One flaw.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Finding {
    /// What is wrong.
    pub flaw: Flaw,
    /// The process whose chain it is in.
    #[schema(value_type = Option<String>)]
    pub node: Option<NodeId>,
    /// The place in that chain.
    pub position: Option<i64>,
    /// The event.
    #[schema(value_type = Option<String>)]
    pub event: Option<EventId>,
    /// The same for people.
    pub about: String,
}

/// What a look at the whole log found.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Report {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// Events looked at.
    pub events: u64,
    /// Of those, how many wait to be linked.
    pub unlinked: u64,
    /// Of those, in how many what is personal was erased.
    pub erased: u64,
    /// Chains: one for each run of a process.
    pub chains: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// What is wrong, a hundred at most.
    pub findings: Vec<Finding>,
}

/// Walks all chains and checkpoints.
pub async fn verify(ctx: &Ctx) -> Result<Report> {
    verify_seen(ctx, |_| ()).await
}

/// [`verify`], with `seen` told now and then how many events were looked at.
pub async fn verify_seen(ctx: &Ctx, seen: impl Fn(u64)) -> Result<Report> {
    let mut walk = Walk::default();
    walk.own_head(ctx).await;
    walk.checkpoints(ctx).await?;
    walk.chains(ctx, &seen).await?;
    walk.unlinked(ctx, &seen).await?;
    walk.report.ok = walk.report.findings.is_empty();
    Ok(walk.report)
}

#[derive(Default)]
struct Walk {
    report: Report,
    /// Links that must stand at places, from checkpoints and from this process's memory.
    marks: HashMap<NodeId, BTreeMap<i64, String>>,
    cuts: HashMap<NodeId, Head>,
}

/// Where a flaw is.
#[derive(Clone, Copy, Default)]
struct Spot {
    node: Option<NodeId>,
    position: Option<i64>,
    event: Option<EventId>,
}

impl Spot {
    fn place(node: NodeId, position: i64) -> Self {
        Self { node: Some(node), position: Some(position), event: None }
    }

    fn of(row: &EventRow) -> Self {
        Self { node: Some(row.node), position: row.position, event: Some(row.id) }
    }
}

/// Where the walk stands in a chain.
struct Place {
    node: NodeId,
    /// What the next event follows; without the link where that is lost.
    before: Head,
    known: bool,
}

impl Walk {
    fn find(&mut self, flaw: Flaw, spot: Spot, about: impl Into<String>) {
        if self.report.findings.len() < MOST_FINDINGS {
            let Spot { node, position, event } = spot;
            self.report.findings.push(Finding { flaw, node, position, event, about: about.into() });
        }
    }

    fn expect(&mut self, mark: &Mark) {
        self.marks.entry(mark.node).or_default().insert(mark.position, mark.link.clone());
    }

    async fn own_head(&mut self, ctx: &Ctx) {
        if let Some(head) = &*ctx.audit.head.lock().await {
            self.expect(&Mark::new(ctx.node, head));
        }
    }

    async fn checkpoints(&mut self, ctx: &Ctx) -> Result<()> {
        let (mut number, mut before) = (0, Vec::new());
        for checkpoint in checkpoint::all(ctx).await? {
            self.report.checkpoints += 1;
            let follows = checkpoint.number == number + 1 && checkpoint.follows(&ctx.ring, &before);
            if follows {
                let body = checkpoint.body();
                body.heads.iter().for_each(|mark| self.expect(mark));
                self.cuts.extend(body.cuts.iter().map(|mark| (mark.node, mark.head())));
            } else {
                let about =
                    format!("checkpoint {} is altered, or does not follow checkpoint {number}", checkpoint.number);
                let spot = Spot { position: Some(checkpoint.number), ..Spot::default() };
                self.find(Flaw::Checkpoint, spot, about);
            }
            (number, before) = (checkpoint.number, checkpoint.mac);
        }
        Ok(())
    }

    async fn chains(&mut self, ctx: &Ctx, seen: &impl Fn(u64)) -> Result<()> {
        let mut place: Option<Place> = None;
        let mut after = (NodeId::from_bytes([0; 16]), 0);
        loop {
            let rows = ctx.db.scan(&store::WALK, params![after.0, after.1, PAGE]).await?;
            let rows = EventRow::read_all(&rows)?;
            for row in &rows {
                let position = row.position.unwrap_or_default();
                after = (row.node, position);
                let mut here = match place.take() {
                    Some(here) if here.node == row.node => here,
                    other => {
                        self.end(other.as_ref());
                        self.begin(row.node)
                    }
                };
                self.event(ctx, &mut here, row, position);
                place = Some(here);
            }
            seen(self.report.events);
            if (rows.len() as u64) < PAGE.unsigned_abs() {
                break;
            }
        }
        self.end(place.as_ref());
        self.chains_gone();
        Ok(())
    }

    fn begin(&mut self, node: NodeId) -> Place {
        self.report.chains += 1;
        let cut = self.cuts.get(&node).cloned();
        // A cut without a link is one in a chain that was damaged there.
        let known = cut.as_ref().is_none_or(|cut| !cut.link.is_empty());
        Place { node, before: cut.unwrap_or_default(), known }
    }

    fn event(&mut self, ctx: &Ctx, place: &mut Place, row: &EventRow, position: i64) {
        let expected = place.before.position + 1;
        if position < expected {
            // Older than a cut made while we walk.
            return;
        }
        self.report.events += 1;
        self.report.erased += u64::from(row.is_erased());
        if position > expected {
            let about = format!("the events from place {expected} to {} are gone", position - 1);
            self.find(Flaw::Missing, Spot::place(place.node, expected), about);
            place.known = false;
        }
        let link = row.link.clone().unwrap_or_default();
        let before = Head { position: position - 1, link: std::mem::take(&mut place.before.link) };
        let marked = self.marks.get_mut(&place.node).and_then(|marks| marks.remove(&position));
        if !row.is_authentic(&ctx.ring) {
            self.find(Flaw::Altered, Spot::of(row), "this event is not as it was written");
        } else if place.known && !link::is_right(&ctx.ring, place.node, &before, &row.digest, &link) {
            self.find(Flaw::Misplaced, Spot::of(row), "this event does not belong in this place");
        } else if marked.is_some_and(|marked| marked != HEXLOWER.encode(&link)) {
            self.find(Flaw::Misplaced, Spot::of(row), "a checkpoint knows another event in this place");
        }
        (place.before, place.known) = (Head { position, link }, true);
    }

    /// Places that a checkpoint knows beyond the last event were cut off by somebody.
    fn end(&mut self, place: Option<&Place>) {
        let Some(place) = place else { return };
        let marks = self.marks.remove(&place.node).unwrap_or_default();
        if let Some((last, _)) = marks.last_key_value().filter(|(last, _)| **last > place.before.position) {
            let about = format!("the events from place {} to {last} are gone", place.before.position + 1);
            self.find(Flaw::Missing, Spot::place(place.node, place.before.position + 1), about);
        }
    }

    fn chains_gone(&mut self) {
        for (node, marks) in std::mem::take(&mut self.marks) {
            let cut = self.cuts.get(&node).map_or(0, |cut| cut.position);
            if let Some((last, _)) = marks.last_key_value().filter(|(last, _)| **last > cut) {
                let about = format!("the events from place {} to {last} are gone", cut + 1);
                self.find(Flaw::Missing, Spot::place(node, cut + 1), about);
            }
        }
    }

    async fn unlinked(&mut self, ctx: &Ctx, seen: &impl Fn(u64)) -> Result<()> {
        let mut after = EventId::from_bytes([0; 16]);
        loop {
            let rows = ctx.db.scan(&store::WALK_UNLINKED, params![after, PAGE]).await?;
            for row in EventRow::read_all(&rows)? {
                after = row.id;
                self.report.events += 1;
                self.report.unlinked += 1;
                if !row.is_authentic(&ctx.ring) {
                    self.find(Flaw::Altered, Spot::of(&row), "this event was not written by this server");
                }
            }
            seen(self.report.events);
            if (rows.len() as u64) < PAGE.unsigned_abs() {
                return Ok(());
            }
        }
    }
}

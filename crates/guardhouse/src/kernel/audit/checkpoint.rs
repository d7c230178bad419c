//! Checkpoints: signed and chained among themselves, they join the heads of all chains and say up to
//! where retention cut each. They are few and small, and kept for good.

use data_encoding::HEXLOWER;
use guardhouse_core::{
    ids::NodeId,
    master_key::KeyRing,
    time::{Span, Timestamp},
};
use guardhouse_store::{Row, Unit, params};
use serde::{Deserialize, Serialize};

use super::{
    link::Head,
    row::{mac, mac_is},
    store,
};
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
};

/// How much earlier than the last checkpoint an event may be dated that was linked after it.
const LATE: Span = Span::hours(1);
const TRIES: usize = 5;
const PAGE: i64 = 1000;

/// What a checkpoint says.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Body {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) heads: Vec<Mark>,
    /// Places up to which events were removed because of their age.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) cuts: Vec<Mark>,
}

/// A place in a chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) node: NodeId,
    pub(super) position: i64,
    /// In hexadecimal.
    pub(super) link: String,
}

impl Mark {
    pub(super) fn new(node: NodeId, head: &Head) -> Self {
        Self { node, position: head.position, link: HEXLOWER.encode(&head.link) }
    }

    pub(super) fn head(&self) -> Head {
        Head { position: self.position, link: HEXLOWER.decode(self.link.as_bytes()).unwrap_or_default() }
    }
}

/// A checkpoint as the table has it.
#[derive(Debug)]
pub(super) struct Checkpoint {
    pub(super) number: i64,
    at: Timestamp,
    node: NodeId,
    body: String,
    pub(super) mac: Vec<u8>,
}

impl Checkpoint {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            number: row.int(0)?,
            at: Timestamp(row.int(1)?),
            node: NodeId::from_bytes(row.id16(2)?),
            body: row.text(3)?,
            mac: row.bytes(4)?,
        })
    }

    fn with_parts<T>(&self, before: &[u8], run: impl FnOnce(&[&[u8]]) -> T) -> T {
        run(&[&self.number.to_be_bytes(), &self.at.0.to_be_bytes(), &self.node.bytes(), before, self.body.as_bytes()])
    }

    /// Whether it is authentic and follows the one with the MAC `before`.
    pub(super) fn follows(&self, ring: &KeyRing, before: &[u8]) -> bool {
        self.with_parts(before, |parts| mac_is(ring, "checkpoint", parts, &self.mac))
    }

    pub(super) fn body(&self) -> Body {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// All checkpoints, the oldest first.
pub(super) async fn all(ctx: &Ctx) -> Result<Vec<Checkpoint>> {
    let mut all: Vec<Checkpoint> = Vec::new();
    loop {
        let after = all.last().map_or(0, |last| last.number);
        let page = ctx.db.scan(&store::CHECKPOINTS, params![after, PAGE]).await?;
        for row in &page {
            all.push(Checkpoint::read(row)?);
        }
        if (page.len() as u64) < PAGE.unsigned_abs() {
            return Ok(all);
        }
    }
}

/// Where retention last cut a chain.
pub(super) async fn cut_of(ctx: &Ctx, node: NodeId) -> Result<Option<Head>> {
    let all = all(ctx).await?;
    let cuts = all.iter().rev().flat_map(|checkpoint| checkpoint.body().cuts);
    Ok(cuts.into_iter().find(|mark| mark.node == node).map(|mark| mark.head()))
}

async fn last(ctx: &Ctx) -> Result<Option<Checkpoint>> {
    ctx.db.first(&store::LAST_CHECKPOINT, params![]).await?.as_ref().map(Checkpoint::read).transpose()
}

/// Joins the heads of the chains that grew. Whether there was anything to join.
pub(super) async fn write_heads(ctx: &Ctx) -> Result<bool> {
    let last = last(ctx).await?;
    let since = last.as_ref().map_or(Timestamp(0), |last| last.at - LATE);
    let mut heads = Vec::new();
    for row in ctx.db.scan(&store::GROWN, params![since]).await? {
        let node = NodeId::from_bytes(row.id16(0)?);
        if let Some(row) = ctx.db.first(&store::HEAD, params![node]).await? {
            heads.push(Mark::new(node, &Head { position: row.int(0)?, link: row.bytes(1)? }));
        }
    }
    let known = last.map(|last| last.body().heads).unwrap_or_default();
    if heads.iter().all(|head| known.contains(head)) {
        return Ok(false);
    }
    write(ctx, &Body { heads, cuts: Vec::new() }, |unit| unit).await?;
    Ok(true)
}

/// Writes a checkpoint, in one unit with what `with` adds.
pub(super) async fn write(ctx: &Ctx, body: &Body, with: impl Fn(Unit) -> Unit) -> Result<()> {
    for _ in 0..TRIES {
        let next = next(ctx, body).await?;
        let row = params![next.number, next.at, next.node, &next.body, &next.mac];
        match ctx.db.run(with(Unit::new().step(&store::ADD_CHECKPOINT, row))).await {
            Ok(_) => {
                // Seen from outside the database, it shows when the table was put back in time.
                let mac = HEXLOWER.encode(&next.mac);
                tracing::info!(target: "audit", number = next.number, mac, "checkpoint");
                return Ok(());
            }
            Err(error) if error.is_conflict_with("audit_checkpoints.number") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::new(Code::Unavailable, "Other nodes wrote checkpoints at the same moment."))
}

async fn next(ctx: &Ctx, body: &Body) -> Result<Checkpoint> {
    let last = last(ctx).await?;
    let (number, before) = last.map_or((1, Vec::new()), |last| (last.number + 1, last.mac));
    let body = serde_json::to_string(body).map_err(Error::internal)?;
    let mut next = Checkpoint { number, at: ctx.now(), node: ctx.node, body, mac: Vec::new() };
    next.mac = next.with_parts(&before, |parts| mac(&ctx.ring, "checkpoint", parts));
    Ok(next)
}

use guardhouse_core::{ids::NodeId, master_key::KeyRing};
use guardhouse_store::{Outcome, Unit, params};

use super::{
    row::{EventRow, KeyedMac, mac, mac_is},
    store,
};
use crate::kernel::{ctx::Ctx, errors::Result};

/// Events linked in one commit.
const BATCH: i64 = 500;

/// The end of a chain.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub(super) position: i64,
    /// Empty before the first event.
    pub(super) link: KeyedMac,
}

/// The MAC that ties an event to its place and to what stands before it.
pub(super) fn make(ring: &KeyRing, node: NodeId, before: &Head, digest: &[u8]) -> KeyedMac {
    let position = (before.position + 1).to_be_bytes();
    mac(ring, "link", &[&node.bytes(), &position, &before.link, digest])
}

/// Whether `link` ties `digest` to the place after `before`.
pub(super) fn is_right(ring: &KeyRing, node: NodeId, before: &Head, digest: &[u8], link: &[u8]) -> bool {
    let position = (before.position + 1).to_be_bytes();
    mac_is(ring, "link", &[&node.bytes(), &position, &before.link, digest], link)
}

/// Links what this process wrote and has not linked yet, and tells the log of it (target `audit`): what
/// is shipped elsewhere is what was committed. How many events it was.
pub async fn link(ctx: &Ctx) -> Result<u64> {
    let mut head = ctx.audit.head.lock().await;
    chain(ctx, ctx.node, &mut head).await
}

/// Links what processes left behind that are gone, or that could not for a while.
pub(super) async fn adopt(ctx: &Ctx, before: guardhouse_core::time::Timestamp) -> Result<u64> {
    let mut linked = 0;
    for row in ctx.db.scan(&store::UNLINKED_NODES, params![before]).await? {
        let node = NodeId::from_bytes(row.id16(0)?);
        linked += if node == ctx.node { link(ctx).await? } else { chain(ctx, node, &mut None).await? };
    }
    Ok(linked)
}

async fn chain(ctx: &Ctx, node: NodeId, head: &mut Option<Head>) -> Result<u64> {
    let mut linked = 0;
    loop {
        let batch = batch(ctx, node, head).await?;
        linked += batch;
        if batch < BATCH.unsigned_abs() {
            return Ok(linked);
        }
    }
}

async fn batch(ctx: &Ctx, node: NodeId, head: &mut Option<Head>) -> Result<u64> {
    let rows = EventRow::read_all(&ctx.db.scan(&store::UNLINKED, params![node, BATCH]).await?)?;
    if rows.is_empty() {
        return Ok(0);
    }
    let mut end = match head.take() {
        Some(head) => head,
        None => stored_head(ctx, node).await?,
    };
    let mut unit = Unit::new();
    let mut linked = Vec::new();
    for mut row in rows {
        if !row.is_authentic(&ctx.ring) {
            tracing::error!(event = %row.id, "the audit log has an event that this server did not write; `audit verify` tells more");
            continue;
        }
        let link = make(&ctx.ring, node, &end, &row.digest);
        end = Head { position: end.position + 1, link: link.clone() };
        unit = unit.require(&store::LINK, params![row.id, end.position, &link]);
        (row.position, row.link) = (Some(end.position), Some(link));
        linked.push(row);
    }
    match ctx.db.run(unit).await {
        Ok(Outcome::Done(_)) => *head = Some(end),
        // Another process was faster with what it took for left behind: the head is read anew next time.
        Ok(Outcome::Refused { .. }) => return Ok(0),
        Err(error) if error.is_conflict_with("audit_events.node, audit_events.position") => return Ok(0),
        Err(error) => return Err(error.into()),
    }
    for row in &linked {
        tell(ctx, row);
    }
    Ok(linked.len() as u64)
}

async fn stored_head(ctx: &Ctx, node: NodeId) -> Result<Head> {
    let Some(row) = ctx.db.first(&store::HEAD, params![node]).await? else { return cut_head(ctx, node).await };
    Ok(Head { position: row.int(0)?, link: row.bytes(1)? })
}

/// Where a chain goes on that retention has cut off whole.
async fn cut_head(ctx: &Ctx, node: NodeId) -> Result<Head> {
    Ok(super::checkpoint::cut_of(ctx, node).await?.unwrap_or_default())
}

fn tell(ctx: &Ctx, row: &EventRow) {
    let event = super::list::EventView::of(row, &ctx.ring);
    let link = data_encoding::HEXLOWER.encode(row.link.as_deref().unwrap_or_default());
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    tracing::info!(
        target: "audit",
        id = %event.id,
        at = %event.at,
        action = event.action,
        outcome = event.outcome,
        subject = text(&event.subject),
        actor = text(&event.actor),
        tenant = text(&event.tenant),
        session = text(&event.session),
        request_id = text(&event.request_id),
        ip = text(&event.ip),
        node = %row.node,
        position = row.position,
        link,
    );
}

use guardhouse_core::{ids::NodeId, time::Timestamp};
use guardhouse_store::params;

use super::{
    checkpoint::{self, Body, Mark},
    link::Head,
    store,
};
use crate::kernel::{ctx::Ctx, errors::Result};

/// Events removed in one commit.
const CHUNK: i64 = 5000;

/// Removes events older than `audit.retention`, each chain from its beginning. A checkpoint in the same
/// commit keeps the link that the rest goes on from.
pub(super) async fn cut(ctx: &Ctx) -> Result<()> {
    let before = ctx.now() - ctx.settings.audit.retention;
    for row in ctx.db.scan(&store::AGED, params![before]).await? {
        let (node, first) = (NodeId::from_bytes(row.id16(0)?), row.int(1)?);
        cut_chain(ctx, node, first, before).await?;
    }
    Ok(())
}

async fn cut_chain(ctx: &Ctx, node: NodeId, first: i64, before: Timestamp) -> Result<()> {
    let Some(last) = last_aged(ctx, node, before).await? else { return Ok(()) };
    let mut first = first;
    while first <= last {
        let upto = last.min(first + CHUNK - 1);
        cut_to(ctx, node, upto).await?;
        first = upto + 1;
    }
    Ok(())
}

/// The last place before the first event that is young enough to stay.
async fn last_aged(ctx: &Ctx, node: NodeId, before: Timestamp) -> Result<Option<i64>> {
    let kept = ctx.db.scan(&store::FIRST_KEPT, params![node, before]).await?;
    if let Some(first) = kept.first().map(|row| row.opt_int(0)).transpose()?.flatten() {
        return Ok(Some(first - 1));
    }
    let head = ctx.db.first(&store::HEAD, params![node]).await?;
    Ok(head.map(|row| row.int(0)).transpose()?)
}

async fn cut_to(ctx: &Ctx, node: NodeId, position: i64) -> Result<()> {
    // Missing where somebody removed the row; `verify` has told so, and age goes on counting.
    let link = ctx.db.first(&store::LINK_AT, params![node, position]).await?;
    let link = link.map(|row| row.bytes(0)).transpose()?.unwrap_or_default();
    let body = Body { heads: Vec::new(), cuts: vec![Mark::new(node, &Head { position, link })] };
    checkpoint::write(ctx, &body, |unit| unit.step(&store::CUT, params![node, position])).await
}

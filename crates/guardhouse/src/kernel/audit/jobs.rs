use guardhouse_core::time::Span;

use super::{checkpoint, erase, link, retention};
use crate::kernel::{ctx::Ctx, errors::Result, jobs::JobKind};

/// How often each process links its events.
pub const LINK_EVERY: Span = Span::seconds(1);
/// Events that wait so long were left behind by a process that is gone.
const LEFT_BEHIND: Span = Span::minutes(5);

/// What is done once for all nodes.
pub fn jobs() -> Vec<JobKind> {
    vec![
        erase::job(),
        JobKind::Recurring { name: "audit.checkpoint", every: Span::minutes(10), run: |ctx| Box::pin(join(ctx)) },
        JobKind::Recurring { name: "audit.retention", every: Span::days(1), run: |ctx| Box::pin(retention::cut(ctx)) },
    ]
}

/// Links what was left behind and writes a checkpoint.
pub(super) async fn join(ctx: &Ctx) -> Result<()> {
    link::adopt(ctx, ctx.now() - LEFT_BEHIND).await?;
    checkpoint::write_heads(ctx).await.map(drop)
}

/// The last act of a process: links its last events and joins its head to a checkpoint.
pub async fn stop(ctx: &Ctx) -> Result<()> {
    link::link(ctx).await?;
    checkpoint::write_heads(ctx).await.map(drop)
}

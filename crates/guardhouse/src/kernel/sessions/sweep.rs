use guardhouse_core::time::Span;
use guardhouse_store::{BATCH, params};

use super::store;
use crate::kernel::{ctx::Ctx, errors::Result, jobs::Sweep};

/// Removes sessions and grants a day after their end (M-40).
pub const SWEEP: Sweep = Sweep { name: "sessions.sweep", run: |ctx| Box::pin(sweep(ctx)) };

async fn sweep(ctx: &Ctx) -> Result<()> {
    // Grants first: a session takes those along that are left, which are few then.
    for over in [&store::SWEEP_GRANTS, &store::SWEEP_SESSIONS] {
        ctx.db.execute_in_batches(over, params![ctx.now() - Span::days(1)], BATCH).await?;
    }
    Ok(())
}

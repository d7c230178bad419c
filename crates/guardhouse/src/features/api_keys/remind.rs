//! Keys that end: their owners are told in time (ASVS 6.4.5), and the rows go a month later (M-40).

use guardhouse_core::{
    ids::{AccountId, ApiKeyId},
    time::{Span, Timestamp},
};
use guardhouse_store::{BATCH, Row, Unit, params};

use super::{ApiKeySettings, letters, store};
use crate::kernel::{
    accounts,
    ctx::Ctx,
    errors::Result,
    jobs::{JobKind, Sweep},
};

/// Looks for keys that expire soon.
pub(super) const JOB: JobKind =
    JobKind::Recurring { name: "api_keys.remind", every: Span::hours(1), run: |ctx| Box::pin(remind(ctx)) };

/// Removes keys that expired a month ago: until then their owner sees what ended.
pub(super) const SWEEP: Sweep = Sweep { name: "api_keys.sweep", run: |ctx| Box::pin(sweep(ctx)) };

const KEPT: Span = Span::days(30);
/// Letters of one turn; the rest has the next one.
const MOST: i64 = 1_000;

async fn sweep(ctx: &Ctx) -> Result<()> {
    ctx.db.execute_in_batches(&store::SWEEP_EXPIRED, params![ctx.now() - KEPT], BATCH).await?;
    Ok(())
}

async fn remind(ctx: &Ctx) -> Result<()> {
    let before = ctx.settings.of::<ApiKeySettings>().remind_before;
    let params = params![ctx.now(), ctx.now() + before, before.0, MOST];
    for row in ctx.db.scan(&store::EXPIRING, params).await? {
        tell(ctx, &row).await?;
    }
    Ok(())
}

/// Once for each end of a key: the mark and the letter are one commit.
async fn tell(ctx: &Ctx, row: &Row) -> Result<()> {
    let (id, account) = (ApiKeyId::from_bytes(row.id16(0)?), AccountId::from_bytes(row.id16(1)?));
    let expires_at = Timestamp(row.int(3)?);
    let unit = Unit::new().require(&store::REMINDED, params![id, ctx.now(), expires_at]);
    let owner = accounts::by_id(ctx, account).await?.filter(|owner| owner.is_person && owner.disabled_at.is_none());
    let unit = match owner {
        Some(owner) => letters::expiring(ctx, unit, owner.email, row.str(2)?, expires_at)?,
        None => unit,
    };
    // Refused where another node told of it, or the key is another by now.
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

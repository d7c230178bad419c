//! What features keep sealed for good, such as the secrets of factors: counted by master key, and sealed anew once another
//! key stands in front, so that none is lost with an old one (M-38).

use guardhouse_core::time::Span;
use guardhouse_store::{BATCH, Row, Statement, Unit, params};

use super::{ByMasterKey, by_master_key};
use crate::kernel::{ctx::Ctx, errors::Result, jobs::JobKind};

/// The seam: rows that a feature keeps sealed, which lists them under `sealed`.
#[derive(Clone, Copy)]
pub struct Sealed {
    /// Ids of master keys with how many rows each seals.
    pub made_under: &'static Statement,
    /// Rows in the order of their first column, an id, that another key than the current one seals. $1 id of the current
    /// one, $2 after this id, $3 how many
    pub before: &'static Statement,
    /// Adds that such a row is sealed under the current key, unless it was changed meanwhile.
    ///
    /// # Errors
    /// Where its key is gone.
    pub anew: fn(&Ctx, &Row, Unit) -> Result<Unit>,
}

/// Looks for rows that another master key than the current one seals.
pub(super) const JOB: JobKind =
    JobKind::Recurring { name: "keys.reseal", every: Span::hours(1), run: |ctx| Box::pin(reseal(ctx)) };

pub(crate) async fn reseal(ctx: &Ctx) -> Result<()> {
    for sealed in &ctx.sealed {
        of(ctx, sealed).await?;
    }
    Ok(())
}

async fn of(ctx: &Ctx, sealed: &Sealed) -> Result<()> {
    let mut after = [0; 16];
    loop {
        let rows = ctx.db.scan(sealed.before, params![ctx.ring.current().to_vec(), after, BATCH]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id16(0)?;
        for row in &rows {
            // One whose master key is gone stays as it is: the key may come back.
            if let Ok(unit) = (sealed.anew)(ctx, row, Unit::new()) {
                let _ = ctx.db.run(unit).await?;
            }
        }
    }
}

pub(super) async fn counted(ctx: &Ctx) -> Result<ByMasterKey> {
    let mut all = Vec::new();
    for sealed in &ctx.sealed {
        all.extend(by_master_key(ctx, sealed.made_under, params![]).await?);
    }
    Ok(all)
}

//! Seals passkeys anew once another master key stands in front, so that none is lost with an old one.

use guardhouse_core::{ids::PasskeyId, time::Span};
use guardhouse_store::{BATCH, Unit, params};

use super::{kept::Kept, store};
use crate::kernel::{ctx::Ctx, errors::Result, jobs::JobKind};

/// Looks for keys that are sealed under another master key than the current one.
pub(super) const JOB: JobKind =
    JobKind::Recurring { name: "passkeys.reseal", every: Span::hours(1), run: |ctx| Box::pin(reseal(ctx)) };

pub(super) async fn reseal(ctx: &Ctx) -> Result<()> {
    let mut after = PasskeyId::from_bytes([0; 16]);
    loop {
        let rows = ctx.db.scan(&store::SEALED_BEFORE, params![ctx.ring.current().to_vec(), after, BATCH]).await?;
        for row in &rows {
            after = PasskeyId::from_bytes(row.id16(0)?);
            // One whose master key is gone stays as it is: the key may come back.
            if let Ok(passkey) = Kept::read(ctx, row) {
                let _ = ctx.db.run(passkey.anew(ctx, Unit::new())?).await?;
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

use guardhouse_store::params;

use super::{KIND, store};
use crate::kernel::{
    audit,
    ctx::Ctx,
    errors::Result,
    keys::{self, ByMasterKey},
};

/// Letters on their way or in the mailbox, by the id of the master key that sealed them.
pub async fn by_master_key(ctx: &Ctx) -> Result<ByMasterKey> {
    let mut found = keys::by_master_key(ctx, &store::SEALED_UNDER, params![]).await?;
    found.extend(keys::by_master_key(ctx, &store::SENT_UNDER, params![KIND, ctx.now()]).await?);
    Ok(found)
}

/// Other background work that waits, likewise.
pub async fn left_by_master_key(ctx: &Ctx) -> Result<ByMasterKey> {
    keys::by_master_key(ctx, &store::LEFT_UNDER, params![KIND, ctx.now(), audit::ERASING]).await
}

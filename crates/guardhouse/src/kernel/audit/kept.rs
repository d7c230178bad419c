use guardhouse_store::params;

use super::store;
use crate::kernel::{
    ctx::Ctx,
    errors::Result,
    keys::{self, ByMasterKey},
};

/// Events, by the id of the master key they were written under.
pub async fn by_master_key(ctx: &Ctx) -> Result<ByMasterKey> {
    keys::by_master_key(ctx, &store::MADE_UNDER, params![]).await
}

/// Checkpoints, likewise.
pub async fn checkpoints_by_master_key(ctx: &Ctx) -> Result<ByMasterKey> {
    keys::by_master_key(ctx, &store::CHECKPOINTS_UNDER, params![]).await
}

//! Where the last sign-in of an account was, sealed. One that cannot be read, since its master key is gone or another version
//! wrote it, is as good as none: the next sign-in writes it anew.

use guardhouse_core::{ids::AccountId, time::Timestamp};
use guardhouse_store::{Unit, params};

use super::{atlas::Spot, store};
use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
};

fn sealed_with(account: AccountId) -> Vec<u8> {
    [b"sign_in_spots/".as_slice(), &account.bytes()].concat()
}

/// Where, and when.
pub(super) async fn last(ctx: &Ctx, account: AccountId) -> Result<Option<(Spot, Timestamp)>> {
    let Some(row) = ctx.db.first(&store::LAST_SPOT, params![account]).await? else { return Ok(None) };
    let Ok(spot) = ctx.ring.open(&sealed_with(account), row.slice(0)?) else { return Ok(None) };
    let Ok(spot) = serde_json::from_slice(&spot) else { return Ok(None) };
    Ok(Some((spot, Timestamp(row.int(1)?))))
}

/// Adds that it is here now.
pub(super) fn moved(ctx: &Ctx, unit: Unit, account: AccountId, spot: &Spot) -> Result<Unit> {
    let spot = serde_json::to_vec(spot).map_err(Error::internal)?;
    Ok(unit.step(&store::MOVED, params![account, ctx.ring.seal(&sealed_with(account), &spot), ctx.now()]))
}

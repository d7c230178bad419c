//! More failed logins of all networks together than usual: an attack from many, or a mistake that keeps people out.

use super::{SPIKE, first};
use crate::kernel::{
    alerts::{self, Alert},
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::Result,
    limits::network,
};

const ALL: &[u8] = b"all";

/// Counts a failed login, and tells once for each window in which there are too many.
pub(super) async fn failed(ctx: &Ctx) -> Result<()> {
    let Some(rate) = (SPIKE.of)(&ctx.settings).rate() else { return Ok(()) };
    if network::charge_silently(ctx, SPIKE, ALL).await? || !first(ctx, SPIKE, rate, b"told").await? {
        return Ok(());
    }
    let event = Event::new("risk.failed_logins", Outcome::Denied);
    let event = event.detail("more_than", rate.count).detail("within", rate.per);
    alerts::record(ctx, Alert::FailedLogins, event).await
}

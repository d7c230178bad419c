//! Credential stuffing: one network tries many accounts, each so seldom that none is locked (OWASP OAT-008).

use guardhouse_core::{email::EmailAddress, time::Span};

use super::STUFFING;
use crate::kernel::{
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::Result,
    http::client::Client,
    limits::network,
    settings::Rate,
};

/// Counts an address that failed, once for each network and window, and tells of it once when there are too many.
pub(super) async fn failed(ctx: &Ctx, email: &EmailAddress, client: &Client) -> Result<()> {
    let Some(rate) = (STUFFING.of)(&ctx.settings).rate() else { return Ok(()) };
    let network = client.network();
    if !first(ctx, rate, &[b"address", network.as_slice(), email.key().as_bytes()].concat()).await?
        || network::charge_silently(ctx, STUFFING, &network).await?
        || !first(ctx, rate, &[b"told", network.as_slice()].concat()).await?
    {
        return Ok(());
    }
    ctx.meters.credential_stuffing();
    let event = Event::new("risk.credential_stuffing", Outcome::Denied)
        .client(client)
        .detail("more_addresses_than", rate.count)
        .detail("within", rate.per);
    ctx.audit.record(ctx, event).await
}

/// Whether this is the first time in a window. One use weighs in for two windows of a counter, so for two halves of ours.
async fn first(ctx: &Ctx, rate: Rate, subject: &[u8]) -> Result<bool> {
    let once = Rate { count: 1, per: Span((rate.per.0 / 2).max(1)) };
    network::charge_silently_at(ctx, STUFFING, once, subject).await
}

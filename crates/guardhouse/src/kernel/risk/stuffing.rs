//! Credential stuffing: one network tries many accounts, each so seldom that none is locked (OWASP OAT-008).

use guardhouse_core::email::EmailAddress;

use super::{STUFFING, first};
use crate::kernel::{
    alerts::{self, Alert},
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::Result,
    http::client::Client,
    limits::network,
};

/// Counts an address that failed, once for each network and window, and tells of it once when there are too many.
pub(super) async fn failed(ctx: &Ctx, email: &EmailAddress, client: &Client) -> Result<()> {
    let Some(rate) = (STUFFING.of)(&ctx.settings).rate() else { return Ok(()) };
    let network = client.network();
    if !first(ctx, STUFFING, rate, &[b"address", network.as_slice(), email.key().as_bytes()].concat()).await?
        || network::charge_silently(ctx, STUFFING, &network).await?
        || !first(ctx, STUFFING, rate, &[b"told", network.as_slice()].concat()).await?
    {
        return Ok(());
    }
    let event = Event::new("risk.credential_stuffing", Outcome::Denied)
        .client(client)
        .detail("more_addresses_than", rate.count)
        .detail("within", rate.per);
    alerts::record(ctx, Alert::CredentialStuffing, event).await
}

//! An authenticator whose counter went back: there are two of it, and its owner is told (`A23`).

use guardhouse_store::Unit;

use super::{kept::Kept, letters};
use crate::kernel::{
    accounts,
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::Result,
    http::client::Client,
};

/// Says so in the audit log and to the owner.
pub(super) async fn tell(ctx: &Ctx, passkey: &Kept, client: Option<&Client>) -> Result<()> {
    let Some(account) = accounts::by_id(ctx, passkey.account).await? else { return Ok(()) };
    let event = Event::new("passkeys.cloned", Outcome::Denied).subject(account.id).detail("passkey", passkey.id);
    let event = client.into_iter().fold(event, Event::client);
    let unit = letters::cloned(ctx, ctx.audit.step(ctx, Unit::new(), event), &account)?;
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

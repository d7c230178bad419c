//! Somebody found a key where it should not be, and says so.

use guardhouse_store::{Unit, params};

use super::{check, letters, live, store};
use crate::kernel::{
    accounts,
    audit::{Event, Outcome},
    changes::Act,
    ctx::Ctx,
    errors::Result,
    http::client::Client,
};

/// Revokes the key, if it is one that works, and tells its owner. Whoever reports learns nothing.
pub(super) async fn report(ctx: &Ctx, text: &str, client: &Client) -> Result<()> {
    let Some(key) = check::parse(ctx, text) else { return Ok(()) };
    let Some(live) = live::fetch(ctx, key.id).await? else { return Ok(()) };
    if !live.is_proved_by(&key.digest(), ctx.now()) {
        return Ok(());
    }
    let account = live.owner.account;
    let unit = Unit::new().require(&store::DELETE_LEAKED, params![live.id, account]);
    // Nobody reads letters to a machine.
    let unit = match accounts::by_id(ctx, account).await?.filter(|owner| owner.is_person) {
        Some(owner) => letters::leaked(ctx, unit, owner.email, &live.prefix)?,
        None => unit,
    };
    let event = Event::new("api_keys.leaked", Outcome::Success)
        .subject(account)
        .tenant(live.owner.tenant)
        .client(client)
        .detail("key", live.id);
    // Refused where it was revoked meanwhile.
    Act::from(unit).ends_api_key(ctx, live.id).audited(ctx, event).run(ctx).await?;
    Ok(())
}

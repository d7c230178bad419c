//! From where accounts were signed in to.

use guardhouse_core::{
    ids::AccountId,
    time::{Span, Timestamp},
};
use guardhouse_store::{BATCH, Unit, params};
use serde_json::{Value, json};

use super::{AlertSettings, NEW_SIGN_IN, store};
use crate::kernel::{
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::Result,
    feature::PersonalData,
    http::client::Client,
    jobs::Sweep,
    login::SignIn,
    mail::{Letter, context},
};

/// A place that nobody signed in from for so long is new again.
const KEPT: Span = Span::days(400);

/// Network and kind of program. Versions change by themselves, so digits do not count.
fn place(ctx: &Ctx, account: AccountId, client: &Client) -> Vec<u8> {
    let program: String =
        client.user_agent.iter().flat_map(|name| name.chars()).filter(|c| !c.is_ascii_digit()).collect();
    ctx.ring.index(&[b"place", &account.bytes(), &client.network(), program.as_bytes()])[..16].to_vec()
}

/// Remembers the place, and tells the owner where neither it nor the device was seen before. The first sign-in is no news.
pub(super) async fn signs_in(ctx: &Ctx, sign_in: &SignIn<'_>, unit: Unit) -> Result<Unit> {
    let account = sign_in.account;
    let place = place(ctx, account.id, sign_in.client);
    let known = ctx.db.first(&store::KNOWN, params![account.id, place.clone()]).await?.is_some();
    let unit = unit.step(&store::SEEN, params![account.id, place, ctx.now()]);
    if known || sign_in.known_device || account.last_login_at.is_none() {
        return Ok(unit);
    }
    let event = Event::new("alerts.new_sign_in", Outcome::Success).subject(account.id).client(sign_in.client);
    let unit = ctx.audit.step(ctx, unit, event);
    if !ctx.settings.of::<AlertSettings>().new_sign_in {
        return Ok(unit);
    }
    let (at, ip, link) = (ctx.now().to_string(), sign_in.client.ip.to_string(), ctx.links.to("reset"));
    ctx.mail.enqueue(ctx, unit, &Letter::new(account.email.clone(), &NEW_SIGN_IN, context! { at, ip, link }))
}

/// Removes places of long ago.
pub(super) const SWEEP: Sweep = Sweep { name: "alerts.sweep", run: |ctx| Box::pin(sweep(ctx)) };

async fn sweep(ctx: &Ctx) -> Result<()> {
    ctx.db.execute_in_batches(&store::SWEEP_PLACES, params![ctx.now() - KEPT], BATCH).await?;
    Ok(())
}

/// How many places there are; which, nobody can tell. They go with the account.
pub(super) const PERSONAL_DATA: PersonalData =
    PersonalData { name: "sign_in_places", export: |ctx, id| Box::pin(export(ctx, id)), erase: |unit, _| unit };

async fn export(ctx: &Ctx, account: AccountId) -> Result<Value> {
    let row = ctx.db.first(&store::EXPORT, params![account]).await?;
    row.map_or(Ok(Value::Null), |row| {
        let at = |column| Ok::<_, crate::kernel::errors::Error>(row.opt_int(column)?.map(Timestamp));
        Ok(json!({"count": row.int(0)?, "first_at": at(1)?, "last_at": at(2)?}))
    })
}

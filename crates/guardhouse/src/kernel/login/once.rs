//! Proving who one is with a single request, for machines that send their proof with each: no session.

use guardhouse_store::Outcome;

use super::{Verified, admit, kept_out, second, unless_written};
use crate::kernel::{
    accounts::Account,
    audit::{self, Event},
    ctx::Ctx,
    errors::Result,
    http::client::Client,
    limits::attempts,
};

/// Everything of a login but its session.
pub async fn check_once(ctx: &Ctx, verified: Verified, client: &Client) -> Result<Account> {
    let reserved = verified.reserved;
    unless_written(ctx, reserved, admitted(ctx, verified, client).await).await
}

async fn admitted(ctx: &Ctx, verified: Verified, client: &Client) -> Result<Account> {
    admit(ctx, &verified, client).await?;
    kept_out(ctx, &verified, client, second::refuse_where_asked(ctx, &verified)).await?;
    let Verified { account, action, proof, refused, reserved, .. } = verified;
    let unit = reserved.iter().fold(proof, attempts::give_back);
    let event = Event::new(action, audit::Outcome::Success).subject(account.id).client(client);
    match ctx.db.run(ctx.audit.step(ctx, unit, event)).await? {
        Outcome::Done(_) => {}
        Outcome::Refused { .. } => return Err(refused()),
    }
    ctx.meters.login(true);
    Ok(account)
}

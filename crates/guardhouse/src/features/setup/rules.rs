//! Printing the code, and taking it for an administrator.

use guardhouse_core::{ids::CodeId, opaque::MailedCode, secret, time::Span};
use guardhouse_store::{Unit, params};

use super::store;
use crate::{
    features::users::{self, By, NewUser},
    kernel::{
        accounts::{self, Account},
        audit::{Event, Outcome},
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::client::Client,
        limits,
    },
};

/// How long a printed code works.
pub const LIFE: Span = Span::days(1);

/// Whether there is nobody who could let others in.
pub(super) async fn is_empty(ctx: &Ctx) -> Result<bool> {
    Ok(!accounts::any(ctx).await?)
}

/// A new code, to be printed and not logged; the one before counts no more. None where there are users, and what an
/// earlier start left goes.
pub async fn issue(ctx: &Ctx) -> Result<Option<String>> {
    let now = ctx.now();
    let id = CodeId::new(now);
    let code = MailedCode::new(id.bytes());
    let unit = Unit::new().require(&store::ISSUE, params![id, code.digest(), now, now + LIFE]);
    let unit = ctx.audit.step(ctx, unit, Event::new("setup.code_issued", Outcome::Success));
    if ctx.db.run(unit).await?.is_done() {
        return Ok(Some(code.text()));
    }
    ctx.db.execute(&store::FORGET, params![]).await?;
    Ok(None)
}

fn invalid() -> Error {
    let text = "This setup code is not valid: it was used, has expired, or a newer one was printed. Start the server \
                again for a new one.";
    Error::new(Code::InvalidLink, text)
}

/// Makes the first administrator, by the rules of `guardhouse user create`. Of two who show the same code at once one
/// wins.
pub(super) async fn complete(ctx: &Ctx, shown: &str, new: NewUser, client: &Client) -> Result<Account> {
    let code = known(ctx, shown, client).await?;
    let taken = |id| {
        let unit = Unit::new().require(&store::CONSUME, params![code.id, code.digest(), ctx.now()]);
        let event = Event::new("setup.completed", Outcome::Success).subject(id).client(client);
        ctx.audit.step(ctx, unit, event)
    };
    users::create_if(ctx, &By::operator(client), new, taken, invalid).await
}

/// The code, if it is the one that was printed. It has 256 bits, so the limit of failed attempts keeps the database and
/// the audit log from being worn out, not the code from being guessed.
async fn known(ctx: &Ctx, shown: &str, client: &Client) -> Result<MailedCode> {
    limits::attempt(ctx, client).await?;
    if let Some(code) = genuine(ctx, shown).await? {
        limits::refund(ctx, client).await?;
        return Ok(code);
    }
    ctx.audit.record(ctx, Event::new("setup.refused", Outcome::Failure).client(client)).await?;
    Err(invalid())
}

async fn genuine(ctx: &Ctx, shown: &str) -> Result<Option<MailedCode>> {
    let Some(code) = MailedCode::parse(shown.trim()) else { return Ok(None) };
    let Some(row) = ctx.db.first(&store::FIND, params![code.id, ctx.now()]).await? else { return Ok(None) };
    Ok(secret::same(row.slice(0)?, &code.digest()).then_some(code))
}

//! Another's logins: see them, end them, act in the other's name.

use guardhouse_core::{
    ids::{AccountId, SessionId},
    principal::{CredentialKind, Principal},
};
use guardhouse_store::Unit;

use super::{access::By, rules::within_reach, settings::UserSettings};
use crate::kernel::{
    accounts,
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::{client::Client, page::PageQuery},
    login::{self, Entered, Impersonation},
    sessions::{self, Devices, EndReason},
};

/// An account's live sessions.
pub async fn list(ctx: &Ctx, id: AccountId, page: &PageQuery<SessionId>) -> Result<Devices> {
    accounts::person(ctx, id).await?;
    sessions::list(ctx, id, None, page).await
}

/// Ends one session of an account; another account's is as unknown as none (`A20`).
pub async fn end(ctx: &Ctx, by: &By, id: AccountId, session: &str) -> Result<()> {
    within_reach(ctx, by, id).await?;
    let session = sessions::owned(ctx, id, session).await?;
    let event = Event::new("users.session_ended", Outcome::Success).subject(id).by(&by.who).detail("ended", session);
    let unit = ctx.audit.step(ctx, Unit::new(), event);
    sessions::end_session(ctx, unit, session, EndReason::Administrator).run(ctx).await?;
    Ok(())
}

/// Ends all sessions of an account.
pub async fn end_all(ctx: &Ctx, by: &By, id: AccountId) -> Result<()> {
    within_reach(ctx, by, id).await?;
    let event = Event::new("users.sessions_ended", Outcome::Success).subject(id).by(&by.who);
    let unit = ctx.audit.step(ctx, Unit::new(), event);
    sessions::end_all(ctx, unit, id, None, EndReason::Administrator).run(ctx).await?;
    Ok(())
}

/// Acts in an account's name: a session of its own whose tokens say who really acts (`act`, RFC 8693 section 4.1).
pub async fn impersonate(
    ctx: &Ctx,
    principal: &Principal,
    id: AccountId,
    reason: Option<String>,
    client: &Client,
) -> Result<Entered> {
    let person = principal.session.is_some() && principal.credential != CredentialKind::ApiKey;
    if !person || principal.actor.is_some() {
        return Err(Error::new(Code::Forbidden, "Only a person, signed in as themselves, may act in another's name."));
    }
    let account = within_reach(ctx, &By::caller(principal, client), id).await?;
    if id == principal.subject {
        return Err(Error::new(Code::Conflict, "You are this account already."));
    }
    let life = ctx.settings.of::<UserSettings>().impersonation_ttl;
    let reason = reason.unwrap_or_default();
    login::impersonate(ctx, Impersonation { account, actor: principal.subject, life, reason }, client).await
}

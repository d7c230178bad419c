//! The verbs of one's own account.

use bytes::Bytes;
use guardhouse_core::{email::DisplayName, ids::SessionId, principal::Principal};
use guardhouse_store::Unit;

use crate::{
    features::password::ProofInput,
    kernel::{
        accounts,
        audit::{Event, Outcome, Who},
        ctx::Ctx,
        errors::{Error, Result},
        http::client::Client,
        login::Proved,
        principal,
        sessions::{self, EndReason},
    },
};

/// One's own account, as JSON.
pub async fn read(ctx: &Ctx, principal: &Principal) -> Result<Bytes> {
    principal::account(ctx, principal.subject).await?.json()
}

/// A new name.
pub async fn rename(ctx: &Ctx, principal: &Principal, name: &DisplayName, client: &Client) -> Result<()> {
    let id = principal.subject;
    let event = Event::new("profile.renamed", Outcome::Success).subject(id).by(&Who::of(principal, client));
    let done = accounts::rename(ctx, Unit::new(), id, name).audited(ctx, event).run(ctx).await?;
    done.map(drop).ok_or_else(Error::not_found)
}

/// Deletes one's account.
pub async fn delete(ctx: &Ctx, person: &Proved) -> Result<()> {
    let account = accounts::existing(ctx, person.subject).await?;
    // The event names the account's id alone: whose it was is nobody's business any more.
    let event = Event::new("profile.deleted", Outcome::Success).subject(account.id);
    accounts::delete(ctx, &account, EndReason::Ended, event).await
}

/// Ends one of one's own sessions, whichever device it is on. Whoever holds a session of somebody else must not put its
/// owner out alone, so that takes a recent proof (ASVS 7.5.2). Leaving takes none, and nor does signing out everywhere, which
/// ends the session that asks for it as well.
pub async fn end_session(
    ctx: &Ctx,
    principal: &Principal,
    id: &str,
    proof: ProofInput,
    client: &Client,
) -> Result<SessionId> {
    if principal.session.is_none_or(|own| own.to_string() != id) {
        proof.proved(ctx, principal, client).await?;
    }
    let id = sessions::owned(ctx, principal.subject, id).await?;
    let event = Event::new("profile.session_ended", Outcome::Success)
        .subject(principal.subject)
        .by(&Who::of(principal, client))
        .session(id);
    let unit = ctx.audit.step(ctx, Unit::new(), event);
    sessions::end_session(ctx, unit, id, EndReason::Ended).run(ctx).await?;
    Ok(id)
}

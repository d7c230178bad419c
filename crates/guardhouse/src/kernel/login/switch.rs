//! Going on in another tenant, or in none: the session stays, its secrets are new (rulings 11).

use guardhouse_core::{
    ids::TenantId,
    opaque::{Stamped, StampedKind},
    principal::{CredentialKind, Principal},
};
use guardhouse_store::Unit;

use super::{
    Admission, Entered, RECENT, answer,
    answer::Carried,
    ended,
    made::{cookie_of, grant_of},
};
use crate::kernel::{
    accounts::Account,
    audit::{Event, Outcome, Who},
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    principal,
    sessions::{self, LiveSession},
    tenants::{self, Entry},
    tokens,
};

/// Somebody who is signed in goes on in a tenant of theirs. With tokens the tenant is a new grant's, so that other tabs
/// stay where they are; with a cookie it is the session's.
///
/// # Errors
/// `NOT_FOUND` where they are no member; `STEP_UP_REQUIRED` where their proof is less than the tenant asks for, or an
/// access token alone asks for a refresh token long after that proof.
pub async fn switch(
    ctx: &Ctx,
    principal: &Principal,
    to: Option<TenantId>,
    refresh: Option<&str>,
    client: &Client,
) -> Result<Entered> {
    let id = principal::session(principal)?;
    let account = principal::account(ctx, principal.subject).await?;
    let session = sessions::live(ctx, id).await?.filter(|live| live.account == account.id).ok_or_else(ended)?;
    let entry = match to {
        Some(tenant) => {
            let entry = tenants::enter(ctx, &account, tenant, &session.assurance).await?;
            Some(entry.ok_or_else(Error::not_found)?)
        }
        None => None,
    };
    let event =
        Event::new("tenants.switched", Outcome::Success).subject(account.id).by(&Who::of(principal, client)).tenant(to);
    let going = Going { account: &account, session: &session, entry: entry.as_ref() };
    if principal.credential == CredentialKind::Cookie {
        return with_cookie(ctx, &going, event).await;
    }
    holds_more_than_an_access_token(ctx, principal, &session, refresh, client).await?;
    with_tokens(ctx, &going, event, client).await
}

/// An access token that was stolen must not become a refresh token, which lives longer: that takes the one that is there,
/// or a proof of moments ago.
async fn holds_more_than_an_access_token(
    ctx: &Ctx,
    principal: &Principal,
    session: &LiveSession,
    refresh: Option<&str>,
    client: &Client,
) -> Result<()> {
    if let Some(refresh) = refresh {
        let (_, of) = sessions::owner(ctx, refresh, client).await?;
        if of == session.id {
            return Ok(());
        }
        return Err(Error::new(Code::InvalidRefreshToken, "This refresh token is of another login."));
    }
    let lately = ctx.now().since(session.assurance.auth_time) <= RECENT;
    if lately && !tokens::from_shared_secret(ctx, principal) {
        return Ok(());
    }
    let text = "Send the refresh_token of this login, or prove who you are: POST /api/auth/step-up.";
    Err(Error::new(Code::StepUpRequired, text))
}

/// Who goes on where.
struct Going<'a> {
    account: &'a Account,
    session: &'a LiveSession,
    entry: Option<&'a Entry>,
}

async fn with_cookie(ctx: &Ctx, going: &Going<'_>, event: Event) -> Result<Entered> {
    let &Going { account, session, entry } = going;
    let tenant = entry.map(|entry| entry.tenant);
    let unit = sessions::switch(Admission(()), ctx, Unit::new(), (session.id, account.id), tenant);
    let done = ctx.db.run(ctx.audit.step(ctx, unit, event)).await;
    ctx.sessions.forget(session.id);
    done?.done().ok_or_else(ended)?;
    let live = sessions::live(ctx, session.id).await?.ok_or_else(ended)?;
    answer::carried(ctx, &live.whose(account, None, entry), &cookie_of(ctx, &live))
}

async fn with_tokens(ctx: &Ctx, going: &Going<'_>, event: Event, client: &Client) -> Result<Entered> {
    let &Going { account, session, entry } = going;
    let grant = grant_of(ctx, (session.id, account.id), entry.map(|entry| entry.tenant), session.expires_at);
    let unit = sessions::branch(Admission(()), ctx, Unit::new(), &grant, client);
    ctx.db.run(ctx.audit.step(ctx, unit, event)).await?.done().ok_or_else(ended)?;
    let refresh = Stamped::issue(&ctx.ring, StampedKind::Refresh, grant.id.bytes(), 1, &grant.salt);
    let carried = Carried::Tokens { refresh, expires_at: grant.expires_at };
    answer::carried(ctx, &session.whose(account, Some(grant.id), entry), &carried)
}

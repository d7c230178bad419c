//! Proving who one is once more: the session stays, its secrets are new (rulings 11, RFC 9470).

use guardhouse_core::{
    ids::{GrantId, SessionId},
    principal::{Assurance, CredentialKind, Principal},
};
use guardhouse_store::Outcome;

use super::{
    Admission, Entered, Verified,
    answer::{self, Carried},
    assurance, ended, kept_out,
    made::cookie_of,
    unless_written,
};
use crate::kernel::{
    accounts::{self, Account},
    audit::{self, Event},
    changes::Act,
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    limits::attempts,
    principal,
    sessions::{self, Again},
    tenants::{self, Entry},
    tokens::Issue,
};

/// Renews the session of somebody who is signed in already.
pub async fn prove_again(ctx: &Ctx, verified: Verified, principal: &Principal, client: &Client) -> Result<Entered> {
    let session = principal::session(principal)?;
    let live = sessions::live(ctx, session).await?.ok_or_else(ended)?;
    let assurance = Assurance { amr: assurance::more(&live.assurance.amr, &verified.amr), auth_time: ctx.now() };
    let (account, reserved) = (verified.account.clone(), verified.reserved);
    let written = written(ctx, verified, principal, &assurance, client).await;
    ctx.sessions.forget(session);
    let (again, tenant) = unless_written(ctx, reserved, written).await?;
    handed(ctx, principal, &account, again, (tenant.as_ref(), &assurance)).await
}

/// Enrols a factor with `act`: the session that it was proved in has shown it.
///
/// # Errors
/// `CONFLICT` where a required step of `act` refuses.
pub async fn enrol(ctx: &Ctx, act: Act, principal: &Principal, amr: &[&'static str]) -> Result<Entered> {
    let session = principal::session(principal)?;
    let live = sessions::live(ctx, session).await?.ok_or_else(ended)?;
    let assurance = Assurance { amr: assurance::more(&live.assurance.amr, amr), auth_time: ctx.now() };
    let account = accounts::existing(ctx, principal.subject).await?;
    let tenant = match principal.tenant {
        Some(tenant) => tenants::enter(ctx, &account, tenant, &assurance).await?,
        None => None,
    };
    let at = act.steps();
    let renew = |unit| sessions::prove_again(Admission(()), ctx, unit, (session, principal.grant), &assurance);
    let done = act.and(renew).run(ctx).await;
    ctx.sessions.forget(session);
    let meanwhile =
        || Error::new(Code::Conflict, "The account's factors changed at the same moment. Look at them and try again.");
    let steps = done?.ok_or_else(meanwhile)?;
    let again = Again::read(ctx, &steps, at)?.ok_or_else(ended)?;
    let account = accounts::existing(ctx, account.id).await?;
    handed(ctx, principal, &account, again, (tenant.as_ref(), &assurance)).await
}

/// The answer with the session's new secrets.
async fn handed(
    ctx: &Ctx,
    principal: &Principal,
    account: &Account,
    again: Again,
    (tenant, assurance): (Option<&Entry>, &Assurance),
) -> Result<Entered> {
    let session = principal::session(principal)?;
    let until = again.until;
    let carried = carried(ctx, principal, session, again).await?;
    let (grant, actor) = (principal.grant, principal.actor);
    answer::carried(ctx, &Issue { account, session, until, grant, tenant, assurance, actor }, &carried)
}

/// Nothing is written where the new proof too is less than the tenant asks for.
async fn written(
    ctx: &Ctx,
    verified: Verified,
    principal: &Principal,
    assurance: &Assurance,
    client: &Client,
) -> Result<(Again, Option<Entry>)> {
    let entry = match principal.tenant {
        Some(tenant) => {
            let entry = tenants::enter(ctx, &verified.account, tenant, assurance).await;
            Some(kept_out(ctx, &verified, client, entry).await?.ok_or_else(ended)?)
        }
        None => None,
    };
    let session = principal::session(principal)?;
    Ok((write(ctx, verified, (session, principal.grant), assurance, client).await?, entry))
}

async fn write(
    ctx: &Ctx,
    verified: Verified,
    (session, grant): (SessionId, Option<GrantId>),
    assurance: &Assurance,
    client: &Client,
) -> Result<Again> {
    let Verified { account, action, proof, refused, reserved, .. } = verified;
    let proofs = proof.len();
    let unit = reserved.iter().fold(proof, attempts::give_back);
    let at = unit.len();
    let unit = sessions::prove_again(Admission(()), ctx, unit, (session, grant), assurance);
    let event = Event::new(action, audit::Outcome::Success).subject(account.id).session(session).client(client);
    match ctx.db.run(ctx.audit.step(ctx, unit, event)).await? {
        Outcome::Done(steps) => Again::read(ctx, &steps, at)?.ok_or_else(ended),
        Outcome::Refused { step } if step < proofs => Err(refused()),
        Outcome::Refused { .. } => Err(ended()),
    }
}

/// By whatever carried the session until now.
async fn carried(ctx: &Ctx, principal: &Principal, session: SessionId, again: Again) -> Result<Carried> {
    if principal.credential == CredentialKind::Cookie {
        let live = sessions::live(ctx, session).await?.ok_or_else(ended)?;
        return Ok(cookie_of(ctx, &live));
    }
    let (refresh, expires_at) = again.refresh.ok_or_else(ended)?;
    Ok(Carried::Tokens { refresh, expires_at })
}

//! Taking an invitation up.

use guardhouse_core::{ids::InvitationId, opaque::MailedCode, principal::Principal, scope::Scope, secret};
use guardhouse_store::{Unit, params};

use super::{Invitation, find};
use crate::{
    features::tenants::{
        mine::{self, Mine},
        store,
    },
    kernel::{
        accounts::{self, Account, MAX_BINDINGS},
        audit::{Event, Outcome, Who},
        codes,
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::client::Client,
        principal::{self, By},
        tenants::{self, Known},
    },
};

/// The invitation behind a link, and where it leads, as long as it is worth anything. Nothing is used up.
///
/// # Errors
/// `INVALID_LINK`, whatever is wrong with it.
pub(in crate::features::tenants) async fn open(ctx: &Ctx, link: &str) -> Result<(Invitation, std::sync::Arc<Known>)> {
    let shown = MailedCode::parse(link).ok_or_else(codes::invalid)?;
    let invitation = find(ctx, InvitationId::from_bytes(shown.id)).await?.ok_or_else(codes::invalid)?;
    if !secret::same(&invitation.digest, &shown.digest()) {
        return Err(codes::invalid());
    }
    let known = tenants::cached(ctx, invitation.tenant).await?.ok_or_else(codes::invalid)?;
    if known.tenant.disabled_at.is_some() || !still_meant(ctx, &invitation, &known).await? {
        return Err(codes::invalid());
    }
    Ok((invitation, known))
}

/// Whether whoever invited may still give the role: somebody who was removed has left nothing behind (`O6`).
async fn still_meant(ctx: &Ctx, invitation: &Invitation, known: &Known) -> Result<bool> {
    let Some(id) = invitation.invited_by else { return Ok(true) };
    let Some(account) = accounts::by_id(ctx, id).await?.filter(|account| account.disabled_at.is_none()) else {
        return Ok(false);
    };
    let by = By::account(ctx, &account, invitation.tenant).await?;
    let given = by.may_give(&known.roles, Some(invitation.tenant), &invitation.role);
    Ok(by.holds_in(Some(invitation.tenant), "invitations:write") && given.is_ok())
}

/// Makes whoever is signed in a member, if the invited address is theirs and they have shown so: whoever registered a
/// stranger's address in advance joins nothing by it (`A13`).
pub(in crate::features::tenants) async fn accept(
    ctx: &Ctx,
    principal: &Principal,
    link: &str,
    client: &Client,
) -> Result<Mine> {
    principal::in_person(principal)?;
    let (invitation, known) = open(ctx, link).await?;
    let account = accounts::person(ctx, principal.subject).await?;
    is_theirs(&account, &invitation)?;
    if accounts::count_bindings(ctx, account.id).await? >= MAX_BINDINGS {
        return Err(Error::new(Code::Conflict, "This account holds as many roles as an account may."));
    }
    let (tenant, now) = (invitation.tenant, ctx.now());
    let unit = tenants::hold(Unit::new(), tenant)
        .require(&store::TAKE_UP, params![invitation.id, invitation.digest.clone(), now]);
    let unit = accounts::still_verified(unit, account.id, &invitation.email);
    let scope = Scope::Tenant(tenant);
    let event = Event::new("tenants.joined", Outcome::Success)
        .subject(account.id)
        .by(&Who::of(principal, client))
        .tenant(tenant)
        .detail("invitation", invitation.id)
        .detail("roles_given", &invitation.role);
    let act = accounts::bind(ctx, unit, &accounts::Binding::new(ctx, account.id, &invitation.role, scope));
    act.audited(ctx, event).run(ctx).await?.ok_or_else(codes::invalid)?;
    mine::one(ctx, account.id, &known.tenant).await
}

fn is_theirs(account: &Account, invitation: &Invitation) -> Result<()> {
    if account.email.key() != invitation.email.key() {
        let text = "This invitation went to another e-mail address. Sign in with the account of that address.";
        return Err(Error::new(Code::Forbidden, text));
    }
    if !account.email_verified() {
        let text = "Verify your e-mail address first: POST /api/auth/email/resend sends the letter again.";
        return Err(Error::new(Code::EmailNotVerified, text));
    }
    Ok(())
}

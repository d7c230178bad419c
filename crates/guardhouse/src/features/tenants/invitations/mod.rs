//! Invitations: a link to an e-mail address, which whoever has that address takes up (`A13`, `T2`).
//!
//! Nobody learns from an invitation whether the address has an account (rulings 25). The link carries 256 random bits of
//! which the database keeps the SHA-256. It works once, for the address it was sent to, and as long as whoever invited may
//! still give the role.

mod accept;
mod letter;

use guardhouse_core::{
    email::EmailAddress,
    ids::{AccountId, InvitationId, TenantId},
    opaque::MailedCode,
    time::{Span, Timestamp},
};
use guardhouse_store::{BATCH, Row, Unit, params};
use serde::Serialize;
use utoipa::ToSchema;

pub(super) use accept::{accept, open};
pub(super) use letter::ALL as LETTERS;

use super::{members, settings::TenantSettings, store};
use crate::kernel::{
    audit::{Event, Outcome},
    changes::Act,
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::page::PageQuery,
    jobs::Sweep,
    mail,
    principal::{By, TenantScope},
    tenants,
};

/// Open invitations of one tenant.
const MOST: u32 = 1_000;

/// An invitation as the database has it.
pub(super) struct Invitation {
    pub(super) id: InvitationId,
    pub(super) tenant: TenantId,
    pub(super) email: EmailAddress,
    pub(super) role: String,
    pub(super) invited_by: Option<AccountId>,
    created_at: Timestamp,
    expires_at: Timestamp,
    digest: Vec<u8>,
}

impl Invitation {
    pub(super) fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: InvitationId::from_bytes(row.id16(0)?),
            tenant: TenantId::from_bytes(row.id16(1)?),
            email: EmailAddress::parse(row.str(2)?).map_err(Error::internal)?,
            role: row.text(3)?,
            invited_by: row.opt_id16(4)?.map(AccountId::from_bytes),
            created_at: Timestamp(row.int(5)?),
            expires_at: Timestamp(row.int(6)?),
            digest: row.bytes(7)?,
        })
    }
}

/// An invitation as answers show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvitationView {
    /// `inv_…`
    #[schema(value_type = String, example = "inv_01h455vb4pex5vsknk084sn02q")]
    pub id: InvitationId,
    /// The address it was sent to.
    #[schema(example = "bob@example.com")]
    pub email: String,
    /// The role that it gives.
    #[schema(example = "member")]
    pub role: String,
    /// Who invited (`usr_…`); none for the command line.
    #[schema(value_type = Option<String>)]
    pub invited_by: Option<AccountId>,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub created_at: Timestamp,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-09T03:04:05Z")]
    pub expires_at: Timestamp,
}

impl From<Invitation> for InvitationView {
    fn from(invitation: Invitation) -> Self {
        let Invitation { id, email, role, invited_by, created_at, expires_at, .. } = invitation;
        Self { id, email: email.as_str().to_owned(), role, invited_by, created_at, expires_at }
    }
}

/// A page of invitations.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Invitations {
    /// The newest first.
    pub(super) data: Vec<InvitationView>,
    /// What to send as `cursor` for the next page.
    #[schema(value_type = Option<String>)]
    pub(super) next_cursor: Option<InvitationId>,
}

/// Somebody to be invited.
pub struct NewInvitation {
    /// Where the link goes.
    pub email: EmailAddress,
    /// The role to hold.
    pub role: String,
    /// Who invites; none for the command line.
    pub invited_by: Option<AccountId>,
}

/// A link that nobody gets invites nobody.
fn delivered(ctx: &Ctx) -> Result<()> {
    if ctx.mail.delivers() {
        return Ok(());
    }
    Err(Error::new(Code::Conflict, "This needs a letter, and no mail server is set: set mail.smtp_url."))
}

/// Invites an address. The answer is the same whether it has an account, and whether it had too many letters lately.
pub async fn invite(ctx: &Ctx, by: &By, scope: TenantScope, new: NewInvitation) -> Result<InvitationView> {
    delivered(ctx)?;
    let known = members::known(ctx, scope).await?;
    members::may_give(&known, by, "role", &new.role)?;
    let (tenant, now) = (scope.tenant(), ctx.now());
    within_bound(ctx, tenant).await?;
    let NewInvitation { email, role, invited_by } = new;
    let id = InvitationId::new(now);
    let link = MailedCode::new(id.bytes());
    let expires_at = now + ctx.settings.of::<TenantSettings>().invitation_ttl;
    let row =
        params![id, tenant, email.as_str(), email.key(), role.as_str(), invited_by, link.digest(), now, expires_at];
    // Without the address: nothing would erase it here when its owner's account is deleted.
    let event = event("tenants.invited", by, tenant, id).detail("role", &role);
    let unit = tenants::hold(Unit::new(), tenant)
        .step(&store::FORGET_OVER, params![tenant, email.key(), now])
        .require(&store::INVITE, row);
    let spare = mail::spare(ctx, &email).await?;
    let unit = if spare { letter::add(ctx, unit, &email, &link)? } else { unit };
    if Act::from(unit).audited(ctx, event).run(ctx).await?.is_none() {
        if spare {
            mail::refund(ctx, &email).await?;
        }
        let text = "There is an invitation to this address: send it again, or revoke it first.";
        return Err(Error::new(Code::Conflict, text));
    }
    let digest = Vec::new();
    Ok(Invitation { id, tenant, email, role, invited_by, created_at: now, expires_at, digest }.into())
}

fn event(action: &'static str, by: &By, tenant: TenantId, id: InvitationId) -> Event {
    Event::new(action, Outcome::Success).by(&by.who).tenant(tenant).detail("invitation", id)
}

async fn within_bound(ctx: &Ctx, tenant: TenantId) -> Result<()> {
    let rows = ctx.db.scan(&store::COUNT_INVITATIONS, params![tenant, ctx.now(), MOST]).await?;
    if rows.first().map_or(Ok(0), |row| row.int(0))? < i64::from(MOST) {
        return Ok(());
    }
    Err(Error::new(Code::Conflict, format!("A tenant has at most {MOST} open invitations.")))
}

async fn find(ctx: &Ctx, id: InvitationId) -> Result<Option<Invitation>> {
    ctx.db.first(&store::INVITATION, params![id, ctx.now()]).await?.as_ref().map(Invitation::read).transpose()
}

/// An open invitation of this tenant; another's is as unknown as none (`T2`).
async fn existing(ctx: &Ctx, scope: TenantScope, id: InvitationId) -> Result<Invitation> {
    let found = find(ctx, id).await?.filter(|found| found.tenant == scope.tenant());
    found.ok_or_else(Error::not_found)
}

/// The open invitations of a tenant.
pub(super) async fn list(ctx: &Ctx, scope: TenantScope, page: &PageQuery<InvitationId>) -> Result<Invitations> {
    tenants::existing(ctx, scope.tenant()).await?;
    let before = page.cursor.unwrap_or(InvitationId::from_bytes([0xff; 16]));
    let params = params![scope.tenant(), before, page.limit + 1, ctx.now()];
    let rows = ctx.db.scan(&store::INVITATIONS, params).await?;
    let shown = rows.len().min(page.limit as usize);
    let read = |row| Invitation::read(row).map(InvitationView::from);
    let data = rows[..shown].iter().map(read).collect::<Result<Vec<_>>>()?;
    let next_cursor = data.last().filter(|_| rows.len() > shown).map(|last| last.id);
    Ok(Invitations { data, next_cursor })
}

/// Sends a new link; the one before is worth nothing from then on. Whoever does this is who invites.
pub(super) async fn resend(
    ctx: &Ctx,
    by: &By,
    scope: TenantScope,
    id: InvitationId,
    invited_by: Option<AccountId>,
) -> Result<InvitationView> {
    delivered(ctx)?;
    let known = members::known(ctx, scope).await?;
    let mut invitation = existing(ctx, scope, id).await?;
    by.may_give(&known.roles, Some(invitation.tenant), &invitation.role)?;
    let link = MailedCode::new(id.bytes());
    invitation.expires_at = ctx.now() + ctx.settings.of::<TenantSettings>().invitation_ttl;
    invitation.invited_by = invited_by;
    let row = params![id, scope.tenant(), invited_by, link.digest(), invitation.expires_at];
    let unit = Unit::new().require(&store::RENEW, row);
    let spare = mail::spare(ctx, &invitation.email).await?;
    let unit = if spare { letter::add(ctx, unit, &invitation.email, &link)? } else { unit };
    let event = event("tenants.invitation_resent", by, scope.tenant(), id);
    Act::from(unit).audited(ctx, event).run(ctx).await?.ok_or_else(Error::not_found)?;
    Ok(invitation.into())
}

/// Takes an invitation back.
pub(super) async fn revoke(ctx: &Ctx, by: &By, scope: TenantScope, id: InvitationId) -> Result<()> {
    let unit = Unit::new().require(&store::REVOKE, params![id, scope.tenant()]);
    let event = event("tenants.invitation_revoked", by, scope.tenant(), id);
    Act::from(unit).audited(ctx, event).run(ctx).await?.map(drop).ok_or_else(Error::not_found)
}

/// Removes invitations a day after their end (M-40).
pub(super) const SWEEP: Sweep = Sweep { name: "tenants.invitations", run: |ctx| Box::pin(sweep(ctx)) };

async fn sweep(ctx: &Ctx) -> Result<()> {
    ctx.db.execute_in_batches(&store::SWEEP_INVITATIONS, params![ctx.now() - Span::days(1)], BATCH).await?;
    Ok(())
}

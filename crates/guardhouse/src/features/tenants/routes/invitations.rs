//! Invitations into a tenant.

use axum::{Json, extract::State};
use guardhouse_core::{email::EmailAddress, ids::InvitationId};
use http::StatusCode;
use serde_json::json;

use super::{Its, Within};
use crate::{
    features::tenants::invitations::{self, InvitationView, Invitations, NewInvitation},
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            input::{Body, Nothing, Text},
            page::PageQuery,
            route::{Guard, Route},
        },
        mail,
        principal::TenantScope,
    },
};

input! {
    /// Somebody to be invited.
    pub struct InviteInput {
        /// The address that the link goes to.
        email: EmailAddress,
        /// A role of the tenant to hold.
        role: Text<64>,
    }
}

const WRITE: Guard = Guard::InTenant("invitations:write");

pub(super) fn routes() -> Vec<Route> {
    let read = Guard::InTenant("invitations:read");
    vec![
        Route::get("/api/admin/tenants/{id}/invitations", read, list, "Open invitations into a tenant")
            .paged()
            .answers::<Invitations>(StatusCode::OK, "The newest first"),
        Route::post("/api/admin/tenants/{id}/invitations", WRITE, invite, "Invite somebody")
            .about("Mails a link that whoever has the address takes up by `POST /api/me/invitations/accept`. The answer never \
                    tells whether the address has an account, nor whether it had too many letters lately.")
            .limited(mail::LETTERS)
            .takes::<InviteInput>(json!({"email": "bob@example.com", "role": "member"}))
            .answers::<InvitationView>(StatusCode::CREATED, "The invitation")
            .refuses(&[Code::ValidationFailed, Code::Conflict]),
        Route::delete("/api/admin/tenants/{id}/invitations/{its}", WRITE, revoke, "Take an invitation back")
            .answers_empty(StatusCode::NO_CONTENT, "Revoked; its link is worth nothing"),
        Route::post("/api/admin/tenants/{id}/invitations/{its}/resend", WRITE, resend, "Send an invitation again")
            .about("The link is a new one; the one before is worth nothing from then on.")
            .limited(mail::LETTERS)
            .answers::<InvitationView>(StatusCode::OK, "The invitation as it is now")
            .refuses(&[Code::Conflict]),
    ]
}

async fn list(State(ctx): State<Ctx>, scope: TenantScope, page: PageQuery<InvitationId>) -> Result<Json<Invitations>> {
    invitations::list(&ctx, scope, &page).await.map(Json)
}

async fn invite(
    State(ctx): State<Ctx>,
    within: Within,
    Body(input): Body<InviteInput>,
) -> Result<(StatusCode, Json<InvitationView>)> {
    let Text(role) = input.role;
    let new = NewInvitation { email: input.email, role, invited_by: Some(within.inviter()) };
    let made = invitations::invite(&ctx, &within.by, within.scope, new).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

async fn revoke(
    State(ctx): State<Ctx>,
    Within { scope, by, .. }: Within,
    Its(id): Its<InvitationId>,
    _: Body<Nothing>,
) -> Result<StatusCode> {
    invitations::revoke(&ctx, &by, scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn resend(
    State(ctx): State<Ctx>,
    within: Within,
    Its(id): Its<InvitationId>,
    _: Body<Nothing>,
) -> Result<Json<InvitationView>> {
    invitations::resend(&ctx, &within.by, within.scope, id, Some(within.inviter())).await.map(Json)
}

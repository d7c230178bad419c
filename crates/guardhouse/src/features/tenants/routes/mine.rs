//! One's own tenants: see them, act in one, leave one, join one.

use axum::{Json, extract::State};
use guardhouse_core::ids::TenantId;
use http::StatusCode;
use serde_json::json;

use crate::{
    features::tenants::{
        invitations, members,
        mine::{self, AllMine, Mine},
    },
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            client::Client,
            input::{Body, Nothing, Opaque},
            page::PageQuery,
            path::Of,
            route::{Guard, Route},
        },
        login::{self, Entered, LoginAnswer},
        principal::{By, Caller, in_person},
    },
};

input! {
    /// Going on in another tenant.
    pub struct SwitchInput {
        /// `gdr_…` of this login, where an access token is the credential and the last proof is older than five minutes. It
        /// stays good: other tabs go on where they are.
        refresh_token: Option<Opaque>,
    }
}

input! {
    /// An invitation to take up.
    pub struct AcceptInput {
        /// `gdc_…` from the letter.
        token: Opaque,
    }
}

/// Where a switch leads out of all tenants.
const NONE: &str = "none";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/me/tenants", Guard::Person, list, "The tenants that you belong to")
            .paged()
            .answers::<AllMine>(StatusCode::OK, "Your tenants"),
        Route::post("/api/me/tenants/{id}/switch", Guard::Person, switch, "Act in a tenant of yours")
            .below_policy()
            .about(
                "The answer's tokens are for the tenant; the login stays, and so do the tokens of other tabs. With the \
                    session cookie the session acts there, and its cookie is a new one. The id `none` leads out of all \
                    tenants.",
            )
            .takes::<SwitchInput>(json!({"refresh_token": "gdr_…"}))
            .answers::<LoginAnswer>(StatusCode::OK, "Tokens or a cookie for the tenant")
            .refuses(&[
                Code::ValidationFailed,
                Code::NotFound,
                Code::StepUpRequired,
                Code::InvalidRefreshToken,
                Code::RefreshTokenExpired,
                Code::RefreshTokenReused,
            ]),
        Route::delete("/api/me/tenants/{id}", Guard::Person, leave, "Leave a tenant")
            .about("The last owner stays.")
            .answers_empty(StatusCode::NO_CONTENT, "Left")
            .refuses(&[Code::NotFound, Code::Conflict]),
        Route::post("/api/me/invitations/accept", Guard::Person, accept, "Take up an invitation into a tenant")
            .about("For the account whose verified e-mail address the invitation went to.")
            .takes::<AcceptInput>(json!({"token": "gdc_…"}))
            .answers::<Mine>(StatusCode::OK, "The tenant that you belong to now")
            .refuses(&[
                Code::ValidationFailed,
                Code::InvalidLink,
                Code::Forbidden,
                Code::EmailNotVerified,
                Code::Conflict,
            ]),
    ]
}

async fn list(State(ctx): State<Ctx>, Caller(principal): Caller, page: PageQuery<TenantId>) -> Result<Json<AllMine>> {
    mine::list(&ctx, principal.subject, &page).await.map(Json)
}

async fn switch(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Of(to): Of<String>,
    Body(input): Body<SwitchInput>,
) -> Result<Entered> {
    let to = match to.as_str() {
        NONE => None,
        id => Some(id.parse().map_err(|_| Error::not_found())?),
    };
    let refresh = input.refresh_token.as_ref().map(|Opaque(token)| token.as_str());
    login::switch(&ctx, &principal, to, refresh, &client).await
}

async fn leave(
    State(ctx): State<Ctx>,
    by: By,
    Caller(principal): Caller,
    Of(tenant): Of<TenantId>,
    _: Body<Nothing>,
) -> Result<StatusCode> {
    in_person(&principal)?;
    members::leave(&ctx, &by, tenant, principal.subject).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn accept(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<AcceptInput>,
) -> Result<Json<Mine>> {
    invitations::accept(&ctx, &principal, &input.token.0, &client).await.map(Json)
}

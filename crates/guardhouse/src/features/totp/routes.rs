//! HTTP of the feature, nothing else.

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::enrol;
use crate::{
    features::password::{PROOF_REFUSALS, ProofInput},
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            client::Client,
            input::{Body, Opaque},
            route::{Guard, Route},
        },
        limits::LOGIN,
        login::{Entered, LoginAnswer},
        principal::Caller,
    },
};

input! {
    /// The first code of an application.
    pub struct TotpConfirmInput {
        /// Six digits.
        code: Opaque,
    }
}

/// What an application takes up.
#[derive(Serialize, ToSchema)]
struct TotpSecret {
    /// To type: base32, 160 bits.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    secret: String,
    /// The same with issuer and account, as applications read it.
    #[schema(example = "otpauth://totp/localhost:alice%40example.com?secret=…&issuer=localhost")]
    otpauth_uri: String,
    /// That as a picture: a `data:` URL of an SVG.
    #[schema(example = "data:image/svg+xml;base64,…")]
    qr: String,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/me/mfa/totp", Guard::RecentProof, begin, "Begin to enrol an authenticator application")
            .about("The secret counts for nothing until `POST /api/me/mfa/totp/confirm`, within 15 minutes.")
            .below_policy()
            .takes::<ProofInput>(json!({"current_password": "correct horse battery"}))
            .answers::<TotpSecret>(StatusCode::OK, "What the application takes up")
            .refuses(&[Code::Conflict])
            .refuses(&PROOF_REFUSALS),
        Route::post("/api/me/mfa/totp/confirm", Guard::Person, confirm, "Enrol the application by its first code")
            .about("The answer is a login answer: this session has shown the factor, and its secrets are new. With an account's \
                    first factor it carries `recovery_codes`, this once.")
            .below_policy()
            .limited(LOGIN)
            .takes::<TotpConfirmInput>(json!({"code": "123456"}))
            .answers::<LoginAnswer>(StatusCode::OK, "Enrolled")
            .refuses(&[Code::ValidationFailed, Code::InvalidMfaCode, Code::Conflict, Code::AccountLocked, Code::RateLimited]),
        Route::delete("/api/me/mfa/totp", Guard::RecentProof, remove, "Remove the application")
            .takes::<ProofInput>(json!({"current_password": "correct horse battery"}))
            .answers_empty(StatusCode::NO_CONTENT, "Removed")
            .refuses(&[Code::NotFound])
            .refuses(&PROOF_REFUSALS),
    ]
}

async fn begin(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<ProofInput>,
) -> Result<Json<TotpSecret>> {
    let proved = input.proved(&ctx, &principal, &client).await?;
    let begun = enrol::begin(&ctx, &proved).await?;
    Ok(Json(TotpSecret { secret: begun.secret, otpauth_uri: begun.uri, qr: begun.qr }))
}

async fn confirm(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<TotpConfirmInput>,
) -> Result<Entered> {
    enrol::confirm(&ctx, &principal, &input.code.0, &client).await
}

async fn remove(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<ProofInput>,
) -> Result<StatusCode> {
    let proved = input.proved(&ctx, &principal, &client).await?;
    enrol::remove(&ctx, &proved, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

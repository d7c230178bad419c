//! HTTP of the feature, nothing else.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;

use super::{EMAIL_CODE, enrol};
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
    /// The first code.
    pub struct EmailCodeConfirmInput {
        /// Six digits.
        code: Opaque,
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/me/mfa/email-code", Guard::RecentProof, begin, "Begin to enrol codes by mail")
            .about("A first code goes to your verified address.")
            .below_policy()
            .limited(EMAIL_CODE)
            .takes::<ProofInput>(json!({"current_password": "correct horse battery"}))
            .answers_empty(StatusCode::ACCEPTED, "On its way")
            .refuses(&[Code::Conflict, Code::EmailNotVerified])
            .refuses(&PROOF_REFUSALS),
        Route::post("/api/me/mfa/email-code/confirm", Guard::Person, confirm, "Enrol codes by mail by the first one")
            .about("The answer is a login answer: this session has shown the factor, and its secrets are new. With an account's \
                    first factor it carries `recovery_codes`, this once.")
            .below_policy()
            .limited(LOGIN)
            .takes::<EmailCodeConfirmInput>(json!({"code": "123456"}))
            .answers::<LoginAnswer>(StatusCode::OK, "Enrolled")
            .refuses(&[Code::ValidationFailed, Code::InvalidMfaCode, Code::Conflict, Code::AccountLocked, Code::RateLimited]),
        Route::delete("/api/me/mfa/email-code", Guard::RecentProof, remove, "Take no codes by mail any more")
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
) -> Result<StatusCode> {
    let proved = input.proved(&ctx, &principal, &client).await?;
    enrol::begin(&ctx, &proved).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn confirm(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<EmailCodeConfirmInput>,
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

//! Another's second factors: seen and, after a waiting time, removed.

use axum::{Json, extract::State};
use guardhouse_core::{ids::AccountId, time::Timestamp};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    features::{
        mfa::{codes, reset},
        users::By,
    },
    kernel::{
        accounts,
        ctx::Ctx,
        errors::{Code, Result},
        factors::{self, Factor},
        http::{
            input::{Body, Nothing},
            path::Of,
            route::{Guard, Route},
        },
    },
};

const READ: Guard = Guard::Permission("users:read");
const WRITE: Guard = Guard::Permission("users:write");

/// A user's second factors.
#[derive(Serialize, ToSchema)]
struct UserFactors {
    /// What is enrolled, the oldest first.
    factors: Vec<Factor>,
    /// Recovery codes not used yet.
    recovery_codes_left: i64,
    /// When all of it is removed, where that was asked for.
    #[schema(value_type = Option<String>)]
    reset_at: Option<Timestamp>,
}

/// A removal that was asked for.
#[derive(Serialize, ToSchema)]
struct Reset {
    /// When it happens.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    reset_at: Timestamp,
}

pub(super) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/admin/users/{id}/mfa/reset";
    vec![
        Route::get("/api/admin/users/{id}/mfa", READ, list, "A user's second factors")
            .answers::<UserFactors>(StatusCode::OK, "What is enrolled; no secrets")
            .refuses(&[Code::NotFound]),
        Route::post(PATH, WRITE, ask, "Remove a user's second factors")
            .about("For somebody who lost them all. The user is told and can stop it until `mfa.reset_wait` is over; then all \
                    factors and recovery codes go and all sessions end.")
            .answers::<Reset>(StatusCode::ACCEPTED, "Asked for; the first time stands where it was asked for before")
            .refuses(&[Code::NotFound, Code::Conflict]),
        Route::delete(PATH, WRITE, take_back, "Take that back")
            .answers_empty(StatusCode::NO_CONTENT, "Taken back")
            .refuses(&[Code::NotFound]),
    ]
}

async fn list(State(ctx): State<Ctx>, Of(user): Of<AccountId>) -> Result<Json<UserFactors>> {
    accounts::person(&ctx, user).await?;
    Ok(Json(UserFactors {
        factors: factors::list(&ctx, user).await?,
        recovery_codes_left: codes::left(&ctx, user).await?,
        reset_at: reset::waits(&ctx, user).await?,
    }))
}

async fn ask(
    State(ctx): State<Ctx>,
    Of(user): Of<AccountId>,
    by: By,
    _: Body<Nothing>,
) -> Result<(StatusCode, Json<Reset>)> {
    let reset_at = reset::ask(&ctx, &by, user).await?;
    Ok((StatusCode::ACCEPTED, Json(Reset { reset_at })))
}

async fn take_back(State(ctx): State<Ctx>, Of(user): Of<AccountId>, by: By, _: Body<Nothing>) -> Result<StatusCode> {
    reset::take_back(&ctx, &by, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

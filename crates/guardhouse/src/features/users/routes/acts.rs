//! Acts on one user.

use axum::{Json, extract::State};
use guardhouse_core::ids::AccountId;
use http::StatusCode;
use serde_json::json;

use super::WRITE;
use crate::{
    features::users::{access::By, rules, sessions},
    input,
    kernel::{
        accounts::User,
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            client::Client,
            input::{Body, Nothing, Text},
            path::Of,
            route::{Guard, Route},
        },
        login::{Entered, IMPERSONATE, LoginAnswer},
        principal::Caller,
    },
};

input! {
    /// Why somebody acts in another's name.
    pub struct ImpersonateInput {
        /// For the audit log.
        reason: Option<Text<200>>,
    }
}

pub(super) fn routes() -> Vec<Route> {
    let user = |route: Route| route.answers::<User>(StatusCode::OK, "The user as it is now").refuses(&[Code::NotFound]);
    vec![
        user(Route::post("/api/admin/users/{id}/disable", WRITE, disable, "Keep a user from signing in"))
            .about("Ends all their sessions at once.")
            .refuses(&[Code::Conflict]),
        user(Route::post("/api/admin/users/{id}/enable", WRITE, enable, "Let a user sign in again")),
        user(Route::post("/api/admin/users/{id}/unlock", WRITE, unlock, "Forgive a user's failed attempts")),
        Route::post("/api/admin/users/{id}/reset", WRITE, reset, "Mail a user a link to set a password")
            .about("Nobody learns or sets another's password. Who never had one is invited again.")
            .answers_empty(StatusCode::ACCEPTED, "On its way")
            .refuses(&[Code::NotFound, Code::Conflict]),
        Route::post(
            "/api/admin/users/{id}/impersonate",
            Guard::Permission(IMPERSONATE),
            impersonate,
            "Act in a user's name",
        )
        .about(
            "A session of its own, an hour at most, whose tokens name you in `act`. It counts as no proof of who the \
                    user is, and the user sees it among their devices.",
        )
        .takes::<ImpersonateInput>(json!({"reason": "ticket 4711"}))
        .answers::<LoginAnswer>(StatusCode::OK, "Tokens of the user")
        .refuses(&[Code::NotFound, Code::Conflict, Code::AccountDisabled]),
    ]
}

async fn disable(State(ctx): State<Ctx>, Of(id): Of<AccountId>, by: By, _: Body<Nothing>) -> Result<Json<User>> {
    Ok(Json(User::from(&rules::disable(&ctx, &by, id).await?)))
}

async fn enable(State(ctx): State<Ctx>, Of(id): Of<AccountId>, by: By, _: Body<Nothing>) -> Result<Json<User>> {
    Ok(Json(User::from(&rules::enable(&ctx, &by, id).await?)))
}

async fn unlock(State(ctx): State<Ctx>, Of(id): Of<AccountId>, by: By, _: Body<Nothing>) -> Result<Json<User>> {
    Ok(Json(User::from(&rules::unlock(&ctx, &by, id).await?)))
}

async fn reset(State(ctx): State<Ctx>, Of(id): Of<AccountId>, by: By, _: Body<Nothing>) -> Result<StatusCode> {
    rules::reset(&ctx, &by, id).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn impersonate(
    State(ctx): State<Ctx>,
    Of(id): Of<AccountId>,
    Caller(principal): Caller,
    client: Client,
    Body(input): Body<ImpersonateInput>,
) -> Result<Entered> {
    let reason = input.reason.map(|Text(reason)| reason);
    sessions::impersonate(&ctx, &principal, id, reason, &client).await
}

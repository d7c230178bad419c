//! Another's passkeys: seen and removed, never added.

use axum::{Json, extract::State};
use guardhouse_core::ids::AccountId;
use http::StatusCode;

use super::id;
use crate::{
    features::{
        passkeys::{rules, view::Passkeys},
        users::{self, By},
    },
    kernel::{
        accounts,
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            input::{Body, Nothing},
            path::{Last, Of},
            route::{Guard, Route},
        },
    },
};

const READ: Guard = Guard::Permission("users:read");
const WRITE: Guard = Guard::Permission("users:write");

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/users/{id}/passkeys", READ, list, "A user's passkeys")
            .answers::<Passkeys>(StatusCode::OK, "The oldest first")
            .refuses(&[Code::NotFound]),
        Route::delete("/api/admin/users/{id}/passkeys/{passkey_id}", WRITE, remove, "Remove a user's passkey")
            .about("A letter tells its owner. Somebody's last second factor goes by a reset, which its owner can stop.")
            .answers_empty(StatusCode::NO_CONTENT, "Removed")
            .refuses(&[Code::NotFound, Code::Conflict]),
    ]
}

async fn list(State(ctx): State<Ctx>, Of(user): Of<AccountId>) -> Result<Json<Passkeys>> {
    accounts::person(&ctx, user).await?;
    Ok(Json(Passkeys { data: rules::list(&ctx, user).await? }))
}

async fn remove(
    State(ctx): State<Ctx>,
    Of(user): Of<AccountId>,
    Last(passkey): Last,
    by: By,
    _: Body<Nothing>,
) -> Result<StatusCode> {
    users::within_reach(&ctx, &by, user).await?;
    rules::remove_of(&ctx, user, id(&passkey)?, &by.who).await?;
    Ok(StatusCode::NO_CONTENT)
}

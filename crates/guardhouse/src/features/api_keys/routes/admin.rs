//! Another's keys: seen and revoked, never made.

use axum::{Json, extract::State};
use guardhouse_core::ids::{AccountId, ApiKeyId};
use http::StatusCode;

use super::id;
use crate::{
    features::{
        api_keys::{
            rules::{self, Among},
            view::Keys,
        },
        users::{self, By},
    },
    kernel::{
        accounts,
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            input::{Body, Nothing},
            page::PageQuery,
            path::{Last, Of},
            route::{Guard, Route},
        },
    },
};

const READ: Guard = Guard::Permission("api-keys:read");
const WRITE: Guard = Guard::Permission("api-keys:write");

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/users/{id}/api-keys", READ, list, "A user's API keys")
            .paged()
            .answers::<Keys>(StatusCode::OK, "The newest first")
            .refuses(&[Code::NotFound]),
        Route::delete("/api/admin/users/{id}/api-keys/{key_id}", WRITE, revoke, "Revoke a user's API key")
            .about("Nobody makes, changes or sees another's key.")
            .answers_empty(StatusCode::NO_CONTENT, "Revoked")
            .refuses(&[Code::NotFound]),
    ]
}

async fn list(State(ctx): State<Ctx>, Of(user): Of<AccountId>, page: PageQuery<ApiKeyId>) -> Result<Json<Keys>> {
    accounts::existing(&ctx, user).await?;
    rules::list(&ctx, Among::All(user), &page).await.map(Json)
}

async fn revoke(
    State(ctx): State<Ctx>,
    Of(user): Of<AccountId>,
    Last(key): Last,
    by: By,
    _: Body<Nothing>,
) -> Result<StatusCode> {
    users::within_reach(&ctx, &by, user).await?;
    rules::revoke(&ctx, Among::All(user), &by.who, id(&key)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

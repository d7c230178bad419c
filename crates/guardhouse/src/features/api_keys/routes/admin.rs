//! Another's keys: seen and revoked, never made.

use axum::{
    Json,
    extract::{FromRequestParts, State},
};
use guardhouse_core::ids::{AccountId, ApiKeyId};
use http::{StatusCode, request::Parts};

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
        errors::{Code, Error, Result},
        http::{
            input::{Body, Nothing},
            page::PageQuery,
            path::{self, Last},
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

/// The user of the path; an id of another kind is as unknown as none.
struct Of(AccountId);

impl FromRequestParts<Ctx> for Of {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        path::named(parts, ctx, "id").await?.parse().map(Self).map_err(|_| Error::not_found())
    }
}

async fn list(State(ctx): State<Ctx>, Of(user): Of, page: PageQuery<ApiKeyId>) -> Result<Json<Keys>> {
    accounts::existing(&ctx, user).await?;
    rules::list(&ctx, Among::All(user), &page).await.map(Json)
}

async fn revoke(State(ctx): State<Ctx>, Of(user): Of, Last(key): Last, by: By, _: Body<Nothing>) -> Result<StatusCode> {
    users::within_reach(&ctx, &by, user).await?;
    rules::revoke(&ctx, Among::All(user), &by.who, id(&key)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

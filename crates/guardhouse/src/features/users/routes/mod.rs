//! HTTP of the feature, nothing else.

mod acts;
mod many;
mod one;
mod sessions;

use axum::extract::FromRequestParts;
use guardhouse_core::ids::AccountId;
use http::request::Parts;

use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
    http::{
        input::Text,
        path,
        route::{Guard, Route},
    },
};

const READ: Guard = Guard::Permission("users:read");
const WRITE: Guard = Guard::Permission("users:write");

pub(super) fn routes() -> Vec<Route> {
    [many::routes(), one::routes(), acts::routes(), sessions::routes()].into_iter().flatten().collect()
}

/// The user of the path; an id of another kind is as unknown as none.
struct Of(AccountId);

impl FromRequestParts<Ctx> for Of {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        path::named(parts, ctx, "id").await?.parse().map(Self).map_err(|_| Error::not_found())
    }
}

fn names(roles: Vec<Text<64>>) -> Vec<String> {
    roles.into_iter().map(|Text(role)| role).collect()
}

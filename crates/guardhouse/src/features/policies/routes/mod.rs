//! HTTP of the feature, nothing else.

mod input;
mod many;
mod one;
mod schema;
mod trials;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::rules::Author;
use crate::kernel::{
    audit::Who,
    ctx::Ctx,
    errors::{Error, Result},
    http::{
        client::Client,
        route::{Guard, Route},
    },
    principal::Caller,
};

const READ: Guard = Guard::Permission("policies:read");
const WRITE: Guard = Guard::Permission("policies:write");

pub(super) fn routes() -> Vec<Route> {
    [many::routes(), schema::routes(), trials::routes(), one::routes()].into_iter().flatten().collect()
}

impl FromRequestParts<Ctx> for Author {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let Caller(principal) = <Caller as FromRequestParts<Ctx>>::from_request_parts(parts, ctx).await?;
        let client = Client::from_request_parts(parts, ctx).await?;
        let account = Some(principal.actor.unwrap_or(principal.subject));
        Ok(Self { who: Who::of(&principal, &client), account })
    }
}

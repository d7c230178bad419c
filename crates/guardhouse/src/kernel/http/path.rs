//! What the captures of a route's path say. A path that does not decode names nothing, so it answers as one that nobody has
//! (`T1`).

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
};

/// The capture of this name.
pub async fn named(parts: &mut Parts, ctx: &Ctx, name: &str) -> Result<String> {
    let captures = RawPathParams::from_request_parts(parts, ctx).await.map_err(|_| Error::not_found())?;
    captures.iter().find(|(found, _)| *found == name).map(|(_, text)| text.to_owned()).ok_or_else(Error::not_found)
}

/// What the path names as `id`; an id of another kind is as unknown as none.
pub struct Of<T>(pub T);

impl<T: FromStr> FromRequestParts<Ctx> for Of<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        named(parts, ctx, "id").await?.parse().map(Self).map_err(|_| Error::not_found())
    }
}

/// The last capture of the path: the id of what is asked for.
pub struct Last(pub String);

impl FromRequestParts<Ctx> for Last {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let captures = RawPathParams::from_request_parts(parts, ctx).await.map_err(|_| Error::not_found())?;
        captures.iter().last().map(|(_, text)| Self(text.to_owned())).ok_or_else(Error::not_found)
    }
}

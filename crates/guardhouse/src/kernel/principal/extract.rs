//! `Principal` as an argument of a handler. The route's guard put it there.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use guardhouse_core::principal::Principal;
use http::request::Parts;

use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error},
    http::client::Client,
};

/// The principal behind one type of ours, since both trait and `Principal` come from elsewhere.
pub struct Caller(pub Principal);

impl FromRequestParts<Ctx> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Ctx) -> Result<Self, Error> {
        let found = parts.extensions.get::<Principal>().cloned();
        found.map(Self).ok_or_else(|| Error::new(Code::TokenMissing, "Sign in first."))
    }
}

impl OptionalFromRequestParts<Ctx> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Ctx) -> Result<Option<Self>, Error> {
        Ok(parts.extensions.get::<Principal>().cloned().map(Self))
    }
}

impl FromRequestParts<Ctx> for Client {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Ctx) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Error::internal("the outer layer is missing"))
    }
}

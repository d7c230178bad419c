//! `Principal` as an argument of a handler. The route's guard put it there.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use guardhouse_core::principal::Principal;
use http::request::Parts;

use super::{lacking, lacking_role};
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
};

/// The principal behind one type of ours, since both trait and `Principal` come from elsewhere.
pub struct Caller(pub Principal);

impl Caller {
    /// Goes on only if the caller holds this permission where they act: in their tenant, or everywhere (M-22).
    ///
    /// # Errors
    /// `FORBIDDEN`, with the permission that lacks.
    pub fn require(&self, permission: &str) -> Result<()> {
        if self.0.here().allows(permission) { Ok(()) } else { Err(lacking(permission)) }
    }

    /// The same for a role by its name (M-21).
    ///
    /// # Errors
    /// `FORBIDDEN`, with the role that lacks.
    pub fn require_role(&self, role: &str) -> Result<()> {
        if self.0.here().holds(role) { Ok(()) } else { Err(lacking_role(role)) }
    }
}

/// Whatever the state of the router: the guard has put the principal into the request.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let found = parts.extensions.get::<Principal>().cloned();
        found.map(Self).ok_or_else(|| Error::new(Code::TokenMissing, "Sign in first."))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>> {
        Ok(parts.extensions.get::<Principal>().cloned().map(Self))
    }
}

impl FromRequestParts<Ctx> for Client {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Ctx) -> Result<Self> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Error::internal("the outer layer is missing"))
    }
}

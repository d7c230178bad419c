//! HTTP of the feature, nothing else.

mod domains;
mod invitations;
mod many;
mod members;
mod mine;
mod one;

use std::str::FromStr;

use axum::extract::FromRequestParts;
use guardhouse_core::{ids::AccountId, principal::Principal};
use http::request::Parts;

use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::{client::Client, path, route::Route},
    principal::{By, Caller, TenantScope, held_in},
};

pub(super) fn routes() -> Vec<Route> {
    [many::routes(), one::routes(), members::routes(), invitations::routes(), domains::routes(), mine::routes()]
        .into_iter()
        .flatten()
        .collect()
}

/// The maker of a request about a tenant: leave for it, and how far they reach in it.
struct Within {
    scope: TenantScope,
    by: By,
    principal: Principal,
}

impl Within {
    /// Who invites by this request.
    fn inviter(&self) -> AccountId {
        self.principal.subject
    }
}

impl FromRequestParts<Ctx> for Within {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let scope = TenantScope::from_request_parts(parts, ctx).await?;
        let Caller(principal) = Caller::from_request_parts(parts, ctx).await?;
        let client = Client::from_request_parts(parts, ctx).await?;
        let held = match held_in(ctx, &principal, scope.tenant()).await {
            // Whoever passed the door all the same holds the permission everywhere, and has that alone.
            Err(error) if error.code() == Code::StepUpRequired => None,
            held => held?,
        };
        Ok(Self { scope, by: By::caller(&principal, &client).holding(scope.tenant(), held), principal })
    }
}

/// The thing of a tenant that the path names after it, as `name`.
struct Its<T>(T);

impl<T: FromStr + Send> FromRequestParts<Ctx> for Its<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        path::named(parts, ctx, ITS).await?.parse().map(Self).map_err(|_| Error::not_found())
    }
}

/// What paths call the second thing that they name.
const ITS: &str = "its";

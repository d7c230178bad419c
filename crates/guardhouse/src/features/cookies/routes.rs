//! HTTP of the feature, nothing else.

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Result},
    http::{
        csrf,
        route::{Guard, Route},
    },
    principal::{self, Caller},
};

/// The token against cross-site forgery.
#[derive(Serialize, ToSchema)]
pub struct CsrfAnswer {
    /// To send as `X-CSRF-Token`.
    pub csrf_token: String,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/auth/csrf",
            Guard::Person,
            csrf_token,
            "The token to send with everything that changes something",
        )
        .below_policy()
        .about("Bound to the session; good as long as the session is.")
        .answers::<CsrfAnswer>(StatusCode::OK, "The token")
        .refuses(&[Code::TokenMissing]),
    ]
}

async fn csrf_token(State(ctx): State<Ctx>, Caller(principal): Caller) -> Result<Json<CsrfAnswer>> {
    let session = principal::session(&principal)?;
    Ok(Json(CsrfAnswer { csrf_token: csrf::token(&ctx, &session.bytes()) }))
}

//! HTTP of the feature, nothing else.

use axum::{Json, extract::State};
use http::StatusCode;

use crate::kernel::{
    ctx::Ctx,
    http::route::{Guard, Route},
    offers::Offers,
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/auth/config", Guard::Public, config, "What this server offers, for login forms")
            .answers::<Offers>(StatusCode::OK, "Methods, password policy, registration"),
    ]
}

async fn config(State(ctx): State<Ctx>) -> Json<Offers> {
    Json(ctx.offers.clone())
}

//! HTTP of the feature, nothing else.

use axum::{Json, extract::State};
use http::StatusCode;

use super::rules;
use crate::kernel::{
    accounts::User,
    ctx::Ctx,
    errors::Result,
    http::route::{Guard, Route},
    principal::Caller,
};

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/api/me", Guard::SignedIn, read, "Your account").answers::<User>(StatusCode::OK, "Your account")]
}

async fn read(State(ctx): State<Ctx>, Caller(principal): Caller) -> Result<Json<User>> {
    rules::read(&ctx, &principal).await.map(Json)
}

use axum::{
    Json,
    extract::State,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::page;
use crate::kernel::{
    ctx::Ctx,
    errors::Result,
    http::route::{Guard, Route},
    mail::{self, Posted},
};

/// Letters style themselves; nothing else is loaded, run or sent from this page.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/dev/mailbox", Guard::Development, list, "Letters that would have been mailed")
            .about("The newest two hundred. A page for people; JSON where `Accept: application/json` is sent.")
            .answers::<Letters>(StatusCode::OK, "The newest first"),
    ]
}

#[derive(Serialize, ToSchema)]
struct Letters {
    /// The letters.
    data: Vec<Posted>,
}

async fn list(State(ctx): State<Ctx>, headers: HeaderMap) -> Result<Response> {
    let data = mail::kept(&ctx).await?;
    if wants_json(&headers) {
        return Ok(Json(Letters { data }).into_response());
    }
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::VARY, "accept")];
    Ok((headers, Html(page::render(&data))).into_response())
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("application/json")
}

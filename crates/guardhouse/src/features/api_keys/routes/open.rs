//! What is done with a key itself: report it, exchange it.

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    features::api_keys::{REPORT, exchange, report},
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            client::Client,
            input::{Body, Nothing, Opaque},
            route::{Guard, Route},
        },
        principal::Caller,
    },
};

input! {
    /// A key that was found.
    pub struct ReportInput {
        /// `gdk_…`
        api_key: Opaque,
    }
}

/// A short access token.
#[derive(Serialize, ToSchema)]
struct ExchangeAnswer {
    /// `Bearer`
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// A signed JWT (RFC 9068).
    access_token: String,
    /// Seconds.
    #[schema(example = 300)]
    expires_in: i64,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/auth/api-key/report", Guard::Public, report_key, "Report an API key that leaked")
            .about("For scanners of source code and whoever finds a key. One that works is revoked at once and its owner gets \
                    a letter; the answer is the same for every text.")
            .charged(REPORT)
            .takes::<ReportInput>(json!({"api_key": "gdk_live_…"}))
            .answers_empty(StatusCode::ACCEPTED, "Noted"),
        Route::post("/api/auth/api-key/exchange", Guard::SignedIn, exchange_key, "Exchange an API key for an access token")
            .about("With the key as credential. The token says what the key may at this moment and ends with the key; it lives \
                    for `api_keys.exchange_ttl`. Not with HS256.")
            .answers::<ExchangeAnswer>(StatusCode::OK, "A short access token")
            .refuses(&[Code::Forbidden, Code::Conflict]),
    ]
}

async fn report_key(State(ctx): State<Ctx>, client: Client, Body(input): Body<ReportInput>) -> Result<StatusCode> {
    let Opaque(text) = input.api_key;
    report::report(&ctx, &text, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn exchange_key(
    State(ctx): State<Ctx>,
    Caller(principal): Caller,
    _: Body<Nothing>,
) -> Result<Json<ExchangeAnswer>> {
    let issued = exchange::exchange(&ctx, &principal).await?;
    Ok(Json(ExchangeAnswer { token_type: "Bearer", access_token: issued.token, expires_in: issued.expires_in }))
}

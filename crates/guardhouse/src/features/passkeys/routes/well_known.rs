//! What browsers and password managers look for by themselves.

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    features::passkeys::{
        party::{party, related},
        settings::PasskeySettings,
    },
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::route::{Guard, Route},
    },
};

/// Where people add and manage passkeys (W3C, A Well-Known URL for Relying Party Passkey Endpoints).
#[derive(Serialize, ToSchema)]
struct PasskeyEndpoints {
    /// Where to add one.
    #[serde(skip_serializing_if = "Option::is_none")]
    enroll: Option<String>,
    /// Where to manage them.
    #[serde(skip_serializing_if = "Option::is_none")]
    manage: Option<String>,
}

/// The origins that may use this server's passkeys (`WebAuthn` L3, section 5.11).
#[derive(Serialize, ToSchema)]
struct RelatedOrigins {
    /// Exact origins.
    #[schema(example = json!(["https://auth.example.com"]))]
    origins: Vec<String>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/.well-known/passkey-endpoints", Guard::Public, endpoints, "Where people manage passkeys")
            .about("`passkeys.enroll_url` and `passkeys.manage_url`, for password managers.")
            .answers::<PasskeyEndpoints>(StatusCode::OK, "Addresses of pages")
            .refuses(&[Code::NotFound]),
        Route::get("/.well-known/webauthn", Guard::Public, origins, "Origins that may use this server's passkeys")
            .about("Browsers ask for it at the domain of the passkeys, where a page of another one uses them.")
            .answers::<RelatedOrigins>(StatusCode::OK, "Origins")
            .refuses(&[Code::NotFound]),
    ]
}

async fn endpoints(State(ctx): State<Ctx>) -> Result<Json<PasskeyEndpoints>> {
    party(&ctx)?;
    let own = ctx.settings.of::<PasskeySettings>();
    Ok(Json(PasskeyEndpoints { enroll: own.enroll_url.clone(), manage: own.manage_url.clone() }))
}

async fn origins(State(ctx): State<Ctx>) -> Result<Json<RelatedOrigins>> {
    Ok(Json(RelatedOrigins { origins: related(&ctx)?.into_iter().map(str::to_owned).collect() }))
}

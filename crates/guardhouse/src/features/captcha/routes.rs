//! HTTP of the feature, nothing else.

use axum::{Json, extract::State, response::IntoResponse};
use http::{HeaderName, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answers::{self, CAPTCHA},
    proof::Puzzle,
    settings::{CaptchaSettings, Kind},
};
use crate::kernel::{
    ctx::Ctx,
    errors::Code,
    http::route::{Guard, Route},
};

/// A challenge.
#[derive(Serialize, ToSchema)]
pub struct ChallengeAnswer {
    /// `off`, `proof-of-work`, `turnstile`, `hcaptcha` or `recaptcha`.
    #[schema(example = "proof-of-work")]
    kind: &'static str,
    /// The key that the hosted service's widget needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    site_key: Option<String>,
    /// The members of an ALTCHA challenge, where the kind is `proof-of-work`.
    #[serde(flatten)]
    puzzle: Option<Puzzle>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/auth/captcha", Guard::Public, challenge, "A challenge to solve for a form")
            .about("Forms send its answer as `captcha`. A proof of work is that of ALTCHA, version 1: the answer is base64 of \
                    JSON with `algorithm`, `challenge`, `number`, `salt` and `signature`; each counts once. For a hosted \
                    service, `site_key` is what its widget needs. Whoever sends a form without one where one is asked for gets \
                    403 `CAPTCHA_REQUIRED` with `kind` and a `challenge` (or `site_key`) inside `error`.")
            .charged(CAPTCHA)
            .answers::<ChallengeAnswer>(StatusCode::OK, "The challenge")
            .refuses(&[Code::RateLimited]),
        Route::get("/assets/captcha.js", Guard::Public, script, "A script that solves proofs of work")
            .about("A module with `solve(challenge)`; loaded by a page, it answers for forms that have a hidden field `captcha` \
                    with `data-url`, the address of `GET /api/auth/captcha`.")
            .answers_empty(StatusCode::OK, "`text/javascript`"),
    ]
}

async fn script() -> impl IntoResponse {
    const HEADERS: [(HeaderName, &str); 2] =
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (HEADERS, include_str!("captcha.js"))
}

async fn challenge(State(ctx): State<Ctx>) -> Json<ChallengeAnswer> {
    let captcha = ctx.settings.of::<CaptchaSettings>();
    let puzzle = (captcha.kind == Kind::ProofOfWork).then(|| answers::puzzle(&ctx));
    let site_key = captcha.kind.service().is_some().then(|| captcha.site_key.clone());
    Json(ChallengeAnswer { kind: captcha.kind.as_str(), site_key, puzzle })
}

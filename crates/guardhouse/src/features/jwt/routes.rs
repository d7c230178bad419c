//! HTTP of the feature, nothing else.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use guardhouse_core::{
    ids::SessionId,
    opaque::{Stamped, StampedKind},
    principal::CredentialKind,
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde_json::json;

use super::rules::{self, Leaving};
use crate::{
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            client::Client,
            cookies, csrf,
            input::{Body, Opaque},
            route::{Guard, Route},
        },
        login::{self, Entered, LoginAnswer},
        principal::{Principal, identify},
        sessions,
    },
};

input! {
    /// A refresh.
    pub struct RefreshInput {
        /// `gdr_…`; without it the session cookie is renewed.
        refresh_token: Option<Opaque>,
    }
}

input! {
    /// A logout.
    pub struct LogoutInput {
        /// End all of the account's logins, not only this one.
        all: Option<bool>,
        /// The login to end, where no other credential is sent.
        refresh_token: Option<Opaque>,
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/auth/refresh", Guard::Public, refresh, "Get new tokens")
            .about("A refresh token works once. The one just spent, sent again within `tokens.refresh_grace`, gets the same \
                    successor; any older one ends the login. With the session cookie and `X-CSRF-Token` instead, the cookie \
                    session is renewed.")
            .limited(sessions::REFRESH)
            .takes::<RefreshInput>(json!({"refresh_token": "gdr_…"}))
            .answers::<LoginAnswer>(StatusCode::OK, "Renewed")
            .refuses(&[
                Code::MissingRefreshToken,
                Code::InvalidRefreshToken,
                Code::RefreshTokenExpired,
                Code::RefreshTokenReused,
                Code::StepUpRequired,
                Code::CsrfFailed,
                Code::RateLimited,
            ]),
        Route::post("/api/auth/logout", Guard::Public, logout, "End this login, or all of yours")
            .about("With a bearer token, the session cookie (and `X-CSRF-Token`), or a refresh token in the body. Whoever acts in \
                    another's name ends that login alone.")
            .takes::<LogoutInput>(json!({"all": false}))
            .answers_empty(StatusCode::NO_CONTENT, "Ended")
            .refuses(&[
                Code::TokenMissing,
                Code::InvalidToken,
                Code::TokenRevoked,
                Code::InvalidRefreshToken,
                Code::RefreshTokenExpired,
                Code::RefreshTokenReused,
                Code::CsrfFailed,
            ]),
        Route::get("/.well-known/jwks.json", Guard::Public, jwks, "The public keys that access tokens are signed with")
            .about("RFC 7517. A key to come is listed before it signs, a replaced one as long as its tokens live.")
            .answers_empty(StatusCode::OK, "A JWK set"),
    ]
}

async fn refresh(
    State(ctx): State<Ctx>,
    client: Client,
    parts: Parts,
    Body(input): Body<RefreshInput>,
) -> Result<Entered> {
    if let Some(Opaque(token)) = input.refresh_token {
        return login::refresh(&ctx, &token, &client).await;
    }
    let missing = || Error::new(Code::MissingRefreshToken, "Send a refresh_token, or the session cookie.");
    let principal = caller(&ctx, &parts, &client, missing).await?;
    login::renew_cookie(&ctx, &principal).await
}

async fn logout(
    State(ctx): State<Ctx>,
    client: Client,
    parts: Parts,
    Body(input): Body<LogoutInput>,
) -> Result<Response> {
    let nobody = || Error::new(Code::TokenMissing, "Send the credential of the login to end.");
    let all = input.all.unwrap_or(false);
    let leaving = if let Some(Opaque(token)) = input.refresh_token {
        rules::owner(&ctx, &token, &client).await?
    } else {
        let principal = caller(&ctx, &parts, &client, nobody).await?;
        let session = principal.session.ok_or_else(nobody)?;
        Leaving { account: principal.subject, session, actor: principal.actor }
    };
    rules::logout(&ctx, &leaving, all, &client).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if carried_by_cookie(&ctx, &parts.headers, leaving.session) {
        cookies::clear_session(&ctx, response.headers_mut());
        if browser(&parts.headers) {
            // ASVS 14.3.1; only browsers know the header.
            response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
        }
    }
    Ok(response)
}

/// Whether the browser's cookie names this session: another login that it holds beside is none of this one's business.
fn carried_by_cookie(ctx: &Ctx, headers: &HeaderMap, session: SessionId) -> bool {
    let named = cookies::session(ctx, headers).and_then(|text| Stamped::parse(StampedKind::Cookie, text));
    named.is_some_and(|cookie| cookie.id == session.bytes())
}

fn browser(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN)
}

/// These routes are open to a body's own credential, so they look at the request's themselves. Whatever a tenant asks
/// for, anybody may log out; going on with a login asks for it again. A cookie that is good for
/// nothing any more is cleared (rulings 18).
async fn caller(ctx: &Ctx, parts: &Parts, client: &Client, nobody: impl Fn() -> Error) -> Result<Principal> {
    let (principal, stale_cookie) = identify(ctx, parts, client).await?;
    let Some(principal) = principal else {
        return Err(if stale_cookie { nobody().clearing_session_cookie() } else { nobody() });
    };
    if principal.credential == CredentialKind::Cookie
        && let Some(session) = principal.session
    {
        csrf::check(ctx, &parts.headers, &session.bytes())?;
    }
    Ok(principal)
}

async fn jwks(State(ctx): State<Ctx>) -> Response {
    const TYPE: (header::HeaderName, &str) = (header::CONTENT_TYPE, "application/jwk-set+json");
    ([TYPE, (header::CACHE_CONTROL, "public, max-age=300")], ctx.keys.jwks_json()).into_response()
}

//! The one exit for errors: rendered by the kind of route that refused.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::cookies;
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error},
    pages,
};

/// How a part of the site answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// The error shape of http-api.
    Api,
    /// RFC 6749, section 5.2.
    OAuth,
    /// A page.
    Page,
}

impl Face {
    /// By path, and for the rest by what the caller likes to read.
    pub fn of(path: &str, accepts_html: bool) -> Self {
        const API: [&str; 3] = ["/api", "/access", "/gate"];
        if API.iter().any(|prefix| path.starts_with(prefix)) {
            Self::Api
        } else if path.starts_with("/oauth") || path.starts_with("/.well-known") {
            Self::OAuth
        } else if accepts_html {
            Self::Page
        } else {
            Self::Api
        }
    }
}

/// Replaces the empty answer that an [`Error`] travelled in by its text.
pub fn exit(ctx: &Ctx, mut response: Response, face: Face, request_id: &str) -> Response {
    let Some(error) = response.extensions_mut().remove::<Arc<Error>>() else { return response };
    log(&error, request_id);
    let mut rendered = body(ctx, &error, face, request_id);
    *rendered.status_mut() = error.code().status();
    // Headers that a layer between put on the empty answer stay.
    for (name, value) in response.headers() {
        if name != header::CONTENT_LENGTH && name != header::CONTENT_TYPE {
            rendered.headers_mut().append(name.clone(), value.clone());
        }
    }
    headers(ctx, &error, &mut rendered);
    rendered
}

fn log(error: &Error, request_id: &str) {
    if error.code().status().is_server_error() {
        let cause = error.cause().map(chain).unwrap_or_default();
        tracing::error!(request_id, code = error.code().as_str(), cause, "a request failed");
    } else {
        tracing::debug!(request_id, code = error.code().as_str(), "a request was refused");
    }
}

fn chain(mut error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    while let Some(source) = error.source() {
        text = format!("{text}: {source}");
        error = source;
    }
    text
}

fn headers(ctx: &Ctx, error: &Error, response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(wait) = error.retry() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_seconds_up().max(1)));
    }
    if let Some(left) = error.left() {
        left.write(headers);
    }
    if let Some(challenge) = challenge(error.code()) {
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    if error.clears_session_cookie() {
        cookies::clear_session(ctx, headers);
    }
}

/// RFC 6750, section 3: no error code where no credential was sent, else `invalid_token`.
fn challenge(code: Code) -> Option<HeaderValue> {
    const BARE: &str = "Bearer realm=\"guardhouse\"";
    let text = match code {
        Code::TokenExpired => {
            "Bearer realm=\"guardhouse\", error=\"invalid_token\", error_description=\"the access token expired\""
        }
        Code::InvalidToken | Code::TokenRevoked | Code::InvalidApiKey => {
            "Bearer realm=\"guardhouse\", error=\"invalid_token\""
        }
        // RFC 9470, section 3.
        Code::StepUpRequired => "Bearer realm=\"guardhouse\", error=\"insufficient_user_authentication\", max_age=300",
        // RFC 9110, section 15.5.2: no 401 goes without a challenge.
        _ if code.status() == StatusCode::UNAUTHORIZED => BARE,
        _ => return None,
    };
    Some(HeaderValue::from_static(text))
}

fn body(ctx: &Ctx, error: &Error, face: Face, request_id: &str) -> Response {
    match face {
        Face::Api => axum::Json(api(error, request_id)).into_response(),
        Face::OAuth => {
            axum::Json(json!({"error": oauth_code(error.code()), "error_description": error.message()})).into_response()
        }
        Face::Page => pages::error(ctx, error, request_id),
    }
}

fn api(error: &Error, request_id: &str) -> Value {
    let mut members = Map::new();
    members.insert("code".into(), error.code().as_str().into());
    members.insert("message".into(), error.message().into());
    if !error.details().is_empty() {
        members.insert("details".into(), json!(error.details()));
    }
    members.extend(error.extra().clone());
    members.insert("request_id".into(), request_id.into());
    json!({ "error": members })
}

/// The code of RFC 6749 that ours stands for.
pub(super) fn oauth_code(code: Code) -> &'static str {
    match code.status().as_u16() {
        401 => "invalid_client",
        403 => "access_denied",
        429 | 503 => "temporarily_unavailable",
        500.. => "server_error",
        _ => "invalid_request",
    }
}

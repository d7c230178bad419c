//! The one outer layer: request id, client, HTTPS rule, CORS, panics, the exit for errors, security headers.
//!
//! One layer of our own because a stack of small ones costs as much as the request itself.

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use futures_util::FutureExt as _;
use guardhouse_core::secret;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};

use super::{
    client::Client,
    cors,
    render::{self, Face},
};
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error},
    settings::Profile,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers a request with what `inside` makes of it; a private listener has no HTTPS rule.
pub async fn outer<F>(
    ctx: &Ctx,
    request: Request,
    private: bool,
    inside: impl FnOnce(Parts, Body, Client) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let (parts, body) = request.into_parts();
    let id = request_id(&parts.headers);
    let client = Client::of(&parts, &ctx.settings, Arc::clone(&id));
    let face = Face::of(parts.uri.path(), accepts_html(&parts.headers));
    let origin = cors::allowed(&ctx.settings, &parts.headers).cloned();
    let secure = client.secure;

    let refusal = if private { None } else { https_rule(ctx, &parts, &client, face) };
    let mut response = if let Some(refusal) = refusal {
        refusal
    } else if cors::is_preflight(&parts.method, &parts.headers) {
        cors::preflight(origin.as_ref())
    } else {
        guarded(inside(parts, body, client)).await
    };
    response = render::exit(ctx, response, face, &id);

    let headers = response.headers_mut();
    if let Some(origin) = &origin {
        cors::permit(headers, origin);
    }
    if !ctx.settings.server.cors_origins.is_empty() {
        cors::vary(headers);
    }
    security(headers, secure);
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    response
}

/// One request's panic is that request's fault alone (ASVS 16.5.4).
async fn guarded(answer: impl Future<Output = Response>) -> Response {
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            let text = panic
                .downcast_ref::<&str>()
                .map(ToString::to_string)
                .or_else(|| panic.downcast_ref::<String>().cloned());
            Error::internal(format!("panic: {}", text.unwrap_or_default())).into_response()
        }
    }
}

/// The caller's id where it is well-formed, else a new one.
fn request_id(headers: &HeaderMap) -> Arc<str> {
    let sent = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let well_formed = |text: &&str| {
        (8..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if let Some(text) = sent.filter(well_formed) {
        return text.into();
    }
    let mut text = [0; 2 * secret::ID_LENGTH];
    HEXLOWER.encode_mut(&secret::random_id(), &mut text);
    std::str::from_utf8(&text).unwrap_or_default().into()
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|text| text.contains("text/html"))
}

/// Plain HTTP where the public address is HTTPS: pages are sent on, the API is refused (ASVS 4.1.2), probes pass (M-35).
fn https_rule(ctx: &Ctx, parts: &Parts, client: &Client, face: Face) -> Option<Response> {
    let path = parts.uri.path();
    let exempt = matches!(path, "/healthz" | "/readyz" | "/metrics") || ctx.settings.profile == Profile::Development;
    if client.secure || exempt || !ctx.links.secure() {
        return None;
    }
    if face == Face::Page && matches!(parts.method, Method::GET | Method::HEAD) {
        let to = ctx.links.to(parts.uri.path_and_query().map_or("/", |both| both.as_str()));
        return Some((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]).into_response());
    }
    Some(Error::new(Code::HttpsRequired, "Use HTTPS.").into_response())
}

/// ASVS 3.4. A page that needs another policy has set its own.
fn security(headers: &mut HeaderMap, secure: bool) {
    const ALWAYS: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    const STRICT: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");
    const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
    headers.reserve(9);
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(POLICY);
    headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    if secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT);
    }
}

//! The test clock: callers on this machine may move the server's time forward.

use axum::{
    Json, Router,
    extract::{Request, State},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use guardhouse_core::time::{Clock, Span};
use http::{HeaderMap, StatusCode, header, uri::Authority};
use serde::Deserialize;
use serde_json::{Value, json};

/// How far the clock is to go.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    advance: Span,
}

/// Puts `/dev/clock` before the router.
pub(super) fn control(clock: Clock, router: Router) -> Router {
    let own =
        Router::new().route("/dev/clock", get(now).post(advance)).with_state(clock).layer(from_fn(only_from_here));
    own.fallback_service(router)
}

async fn now(State(clock): State<Clock>) -> Json<Value> {
    Json(json!({"now": clock.now()}))
}

async fn advance(State(clock): State<Clock>, Json(wanted): Json<Move>) -> Json<Value> {
    clock.advance(wanted.advance);
    Json(json!({"now": clock.now()}))
}

/// The listener is on loopback. A page of another site could still reach it through the browser, by its
/// own name for 127.0.0.1 (DNS rebinding) or through a proxy: both are refused (ruling 1).
async fn only_from_here(request: Request, next: Next) -> Response {
    if is_local(request.headers()) { next.run(request).await } else { StatusCode::NOT_FOUND.into_response() }
}

fn is_local(headers: &HeaderMap) -> bool {
    let forwarded = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"]
        .iter()
        .any(|name| headers.contains_key(*name));
    let host =
        headers.get(header::HOST).and_then(|host| host.to_str().ok()).and_then(|host| host.parse::<Authority>().ok());
    !forwarded && host.is_none_or(|host| matches!(host.host(), "localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_host_or_a_proxy_is_not_from_here() {
        let with = |lines: &[(&'static str, &str)]| {
            lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
        };
        for (lines, local) in [
            (&[("host", "localhost:8700")][..], true),
            (&[("host", "[::1]:8700")], true),
            (&[("host", "evil.example:8700")], false),
            (&[("host", "localhost.evil.example")], false),
            (&[("host", "localhost:8700"), ("x-forwarded-for", "127.0.0.1")], false),
        ] {
            assert_eq!(is_local(&with(lines)), local, "{lines:?}");
        }
    }
}

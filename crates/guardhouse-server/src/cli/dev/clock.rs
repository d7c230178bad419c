//! The test clock: callers on this machine may move the server's time forward.

use axum::{
    Json, Router,
    extract::{Request, State},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use guardhouse::kernel::http::client::is_local;
use guardhouse_core::time::{Clock, Span};
use http::StatusCode;
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

/// The listener is on loopback, where only programs of this machine are answered.
async fn only_from_here(request: Request, next: Next) -> Response {
    if is_local(request.headers()) { next.run(request).await } else { StatusCode::NOT_FOUND.into_response() }
}

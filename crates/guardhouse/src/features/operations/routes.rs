//! HTTP of the feature, nothing else.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    figures,
    http::route::{Guard, Route},
    principal,
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/healthz", Guard::Public, alive, "Whether the process is alive")
            .answers_empty(StatusCode::OK, "Alive"),
        Route::get("/readyz", Guard::Public, ready, "Whether database and keys are reachable")
            .answers_empty(StatusCode::OK, "Ready")
            .refuses(&[Code::Unavailable]),
        Route::get("/metrics", Guard::Operations, metrics, "Metrics in Prometheus' text format")
            .answers_empty(StatusCode::OK, "Metrics"),
    ]
}

async fn alive() -> &'static str {
    "ok\n"
}

async fn ready(State(ctx): State<Ctx>) -> Result<&'static str> {
    principal::vouch(&ctx)?;
    ctx.db.check().await.map_err(Error::from)?;
    Ok("ok\n")
}

async fn metrics(State(ctx): State<Ctx>) -> Response {
    figures::show(&ctx).await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], ctx.meters.render()).into_response()
}

//! HTTP of the feature, nothing else.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, header};

use super::docs;
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    figures,
    http::route::{Guard, Route},
    principal,
};

const PLAIN: &str = "text/plain";
const HTML: &str = "text/html";
/// May be kept, and is asked after each time: who may read it can change.
const ASK_AGAIN: (HeaderName, &str) = (header::CACHE_CONTROL, "private, no-cache");

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/healthz", Guard::Public, alive, "Whether the process is alive")
            .about("Asks nothing else: a process whose database is away is alive.")
            .answers_text(StatusCode::OK, PLAIN, "Alive"),
        Route::get("/readyz", Guard::Public, ready, "Whether it can do its work")
            .about("Ready means: the database answers, and what recently ended is known within `bus.lease`.")
            .answers_text(StatusCode::OK, PLAIN, "Ready")
            .refuses(&[Code::Unavailable]),
        Route::get("/metrics", Guard::Operations, metrics, "Metrics in Prometheus' text format").answers_text(
            StatusCode::OK,
            PLAIN,
            "Metrics",
        ),
        Route::get("/openapi.json", Guard::Operations, openapi, "The API description (OpenAPI 3.1)")
            .about("Made from the server's own route table. With `If-None-Match` it is sent only where it is new.")
            .answers_text(StatusCode::OK, "application/json", "The document")
            .answers_empty(StatusCode::NOT_MODIFIED, "As it was"),
        Route::get("/docs", Guard::Operations, page, "The API description for people")
            .about("One page without scripts that loads nothing from elsewhere.")
            .answers_text(StatusCode::OK, HTML, "The page"),
        Route::get("/assets/docs.css", Guard::Operations, style, "The style of `/docs`").answers_text(
            StatusCode::OK,
            "text/css",
            "The style sheet",
        ),
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

async fn openapi(State(ctx): State<Ctx>, headers: HeaderMap) -> Response {
    let made = ctx.description.made(&ctx);
    let tag = [(header::ETAG, made.etag.clone())];
    if known(&headers, &made.etag) {
        return (StatusCode::NOT_MODIFIED, [ASK_AGAIN], tag).into_response();
    }
    ([ASK_AGAIN, (header::CONTENT_TYPE, "application/json")], tag, made.json.clone()).into_response()
}

/// RFC 9110, section 13.1.2: any tag of the list, compared weakly, or the star.
fn known(headers: &HeaderMap, etag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
    })
}

async fn page(State(ctx): State<Ctx>) -> Result<Response> {
    let page: Bytes = ctx.description.page(&ctx, docs::render)?;
    let headers = [
        ASK_AGAIN,
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, docs::POLICY),
    ];
    Ok((headers, page).into_response())
}

async fn style() -> Response {
    ([ASK_AGAIN, (header::CONTENT_TYPE, "text/css; charset=utf-8")], docs::STYLE).into_response()
}

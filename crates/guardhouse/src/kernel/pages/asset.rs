//! The one stylesheet of all pages.

use std::path::PathBuf;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use guardhouse_core::secret;
use http::{HeaderMap, HeaderName, StatusCode, header};

use crate::kernel::{
    ctx::Ctx,
    http::route::{Guard, Route},
};

/// Its file.
pub(super) const STYLE: &str = "plain.css";
const PLAIN: &str = include_str!("plain.css");

/// What pages load.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/assets/plain.css", Guard::Public, style, "The stylesheet of all pages")
            .about("Kept for a day; its `ETag` tells whether it changed (RFC 9110, section 8.8.3).")
            .answers_empty(StatusCode::OK, "`text/css`")
            .answers_empty(StatusCode::NOT_MODIFIED, "It is still the same"),
    ]
}

/// The stylesheet that is served.
pub(super) struct Style {
    text: Bytes,
    /// Changes when the text does.
    tag: String,
}

impl Style {
    /// Ours, or the operator's.
    pub(super) fn new(own: Option<(PathBuf, String)>) -> Self {
        let text = own.map_or(Bytes::from_static(PLAIN.as_bytes()), |(_, text)| text.into());
        let tag = format!("\"{}\"", HEXLOWER.encode(&secret::sha256(&text)[..8]));
        Self { text, tag }
    }
}

async fn style(State(ctx): State<Ctx>, sent: HeaderMap) -> Response {
    let Style { text, tag } = &ctx.pages.style;
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=86400"),
        (header::ETAG, tag),
    ];
    let known = sent.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, text.clone()).into_response()
}

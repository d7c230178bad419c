//! The one stylesheet of all pages.

use std::sync::OnceLock;

use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use guardhouse_core::secret;
use http::{HeaderMap, HeaderName, StatusCode, header};

use crate::kernel::http::route::{Guard, Route};

const STYLE: &str = include_str!("plain.css");

/// What pages load.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/assets/plain.css", Guard::Public, style, "The stylesheet of all pages")
            .about("Kept for a day; its `ETag` tells whether it changed (RFC 9110, section 8.8.3).")
            .answers_empty(StatusCode::OK, "`text/css`")
            .answers_empty(StatusCode::NOT_MODIFIED, "It is still the same"),
    ]
}

/// Its `ETag`: changes when its content does.
fn tag() -> &'static str {
    static TAG: OnceLock<String> = OnceLock::new();
    TAG.get_or_init(|| format!("\"{}\"", HEXLOWER.encode(&secret::sha256(STYLE.as_bytes())[..8])))
}

async fn style(sent: HeaderMap) -> Response {
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=86400"),
        (header::ETAG, tag()),
    ];
    let known = sent.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag())) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, STYLE).into_response()
}

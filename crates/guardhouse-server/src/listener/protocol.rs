//! HTTP/1.1 (RFC 9112) and HTTP/2 (RFC 9113) with the bounds that keep one client from taking all.

use std::time::Duration;

use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::conn::auto::Builder,
};

/// Request line and headers together. More is answered 431.
const MAX_HEADER_BYTES: usize = 32 * 1024;
const MAX_HEADERS: usize = 100;
/// A slow writer of headers holds a connection no longer (Slowloris).
const HEADER_TIME: Duration = Duration::from_secs(15);
const MAX_STREAMS: u32 = 128;
/// Streams opened and reset before they were looked at (CVE-2023-44487, "rapid reset").
const MAX_PENDING_RESETS: usize = 20;
/// Streams that we reset because of the client's mistakes (CVE-2025-8671, "made you reset").
const MAX_LOCAL_RESETS: usize = 128;
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_ANSWER: Duration = Duration::from_secs(15);
const MAX_SEND_BUFFER: usize = 128 * 1024;

pub(super) fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(MAX_LOCAL_RESETS)
        .max_header_list_size(u32::try_from(MAX_HEADER_BYTES).unwrap_or(u32::MAX))
        .max_send_buf_size(MAX_SEND_BUFFER)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_ANSWER);
    builder
}

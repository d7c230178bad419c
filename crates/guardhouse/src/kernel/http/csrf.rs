//! Cross-site request forgery (M-37, `A21`, rulings 19).
//!
//! What a cookie authenticates and changes something needs a token bound to that session, in a header that no other
//! site can set, and an origin that is ours. Sign-in needs no cookie, so login CSRF is refused by its origin and by
//! taking JSON only.

use data_encoding::BASE64URL_NOPAD;
use guardhouse_core::master_key::Purpose;
use http::{
    HeaderMap, Method,
    header::{HOST, ORIGIN},
};

use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
};

/// The header that carries the token.
pub const HEADER: &str = "x-csrf-token";
const FETCH_SITE: &str = "sec-fetch-site";

/// The token of a session; it needs no place in the database.
pub fn token(ctx: &Ctx, session: &[u8]) -> String {
    BASE64URL_NOPAD.encode(&ctx.ring.tag(Purpose::Csrf, &[session]))
}

/// Whether `text` is the token of the session.
pub fn genuine(ctx: &Ctx, session: &[u8], text: &str) -> bool {
    BASE64URL_NOPAD.decode(text.as_bytes()).is_ok_and(|tag| ctx.ring.is_tag(Purpose::Csrf, &[session], &tag))
}

/// Whether a method may change something (RFC 9110, section 9.2.1).
pub fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn refused(text: &'static str) -> Error {
    Error::new(Code::CsrfFailed, text)
}

/// Refuses a request whose origin is neither ours nor listed. No `Origin` and no `Sec-Fetch-Site` means no browser.
pub fn check_origin(ctx: &Ctx, headers: &HeaderMap) -> Result<()> {
    let mut origins = headers.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => {
            let site = headers.get(FETCH_SITE).map(http::HeaderValue::as_bytes);
            match site {
                None | Some(b"same-origin" | b"same-site" | b"none") => Ok(()),
                Some(_) => Err(refused("The request comes from another site.")),
            }
        }
        (Some(origin), None) => match origin.to_str() {
            Ok(text) if allowed(ctx, headers, text) => Ok(()),
            _ => Err(refused("The request comes from an origin that is not allowed here.")),
        },
        _ => Err(refused("The request names several origins.")),
    }
}

fn allowed(ctx: &Ctx, headers: &HeaderMap, origin: &str) -> bool {
    origin == ctx.links.origin()
        || ctx.settings.server.cors_origins.iter().any(|listed| listed == origin)
        || local(ctx, headers, origin)
}

/// In development `localhost`, `127.0.0.1` and `[::1]` are one place, whichever the newcomer typed.
fn local(ctx: &Ctx, headers: &HeaderMap, origin: &str) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_loopback =
        ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| host == *name || host.starts_with(&format!("{name}:")));
    ctx.settings.profile == crate::kernel::settings::Profile::Development
        && is_loopback
        && origin == format!("http://{host}")
}

/// Checks a request that a cookie authenticated.
pub fn check(ctx: &Ctx, headers: &HeaderMap, session: &[u8]) -> Result<()> {
    check_origin(ctx, headers)?;
    let sent = headers.get(HEADER).and_then(|value| value.to_str().ok());
    match sent {
        Some(text) if genuine(ctx, session, text) => Ok(()),
        Some(_) => Err(refused("The X-CSRF-Token header is not this session's. Get one from GET /api/auth/csrf.")),
        None => Err(refused("Send the X-CSRF-Token header; GET /api/auth/csrf gives its value.")),
    }
}

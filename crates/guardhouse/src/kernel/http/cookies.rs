//! The cookies that we set and read.
//!
//! `__Host-` names bind a cookie to this very host, so no sibling domain can plant one (`A19`). Only development on
//! plain HTTP goes without, and production never reads the bare name. Such a name is set for the path `/` or not at all
//! (RFC 6265bis, section 4.1.3.2), also where the server is mounted under a path.

use cookie::{Cookie, SameSite, time::Duration};
use guardhouse_core::time::Span;
use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};

use crate::kernel::{
    ctx::Ctx,
    settings::{Profile, Settings},
};

const SESSION: &str = "guardhouse_session";
const DEVICE: &str = "guardhouse_device";
const PRE_SESSION: &str = "guardhouse_form";

fn bare(settings: &Settings) -> bool {
    settings.profile == Profile::Development && !settings.server.public_url.starts_with("https://")
}

/// The session cookie's name under these settings.
pub fn session_name(settings: &Settings) -> String {
    name(settings, SESSION)
}

fn name(settings: &Settings, short: &str) -> String {
    if bare(settings) { short.to_owned() } else { format!("__Host-{short}") }
}

/// The value of a cookie. Sent twice it counts for nothing: one of the two was planted. Other cookies of the host may hold
/// any bytes, so that no sibling domain can plant one that hides ours.
fn read<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
    let mut values = pairs.filter_map(|pair| pair.strip_prefix(wanted.as_bytes())?.strip_prefix(b"="));
    match (values.next(), values.next()) {
        (Some(value), None) if value.is_ascii() => std::str::from_utf8(value).ok(),
        _ => None,
    }
}

/// The session cookie's value.
pub fn session<'a>(ctx: &Ctx, headers: &'a HeaderMap) -> Option<&'a str> {
    read(headers, &name(&ctx.settings, SESSION))
}

/// The known device's mark.
pub fn device<'a>(ctx: &Ctx, headers: &'a HeaderMap) -> Option<&'a str> {
    read(headers, &name(&ctx.settings, DEVICE))
}

/// The cookie that a form's token is bound to before anyone is signed in.
pub fn pre_session<'a>(ctx: &Ctx, headers: &'a HeaderMap) -> Option<&'a str> {
    read(headers, &name(&ctx.settings, PRE_SESSION))
}

fn write(ctx: &Ctx, short: &str, value: String, life: Option<Span>) -> Option<HeaderValue> {
    let mut made = Cookie::build((name(&ctx.settings, short), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(!bare(&ctx.settings));
    if let Some(life) = life {
        made = made.max_age(Duration::seconds(life.as_seconds()));
    }
    HeaderValue::from_str(&made.build().to_string()).ok()
}

/// Sets the session cookie; without a life it ends with the browser.
pub fn set_session(ctx: &Ctx, headers: &mut HeaderMap, value: String, life: Option<Span>) {
    append(headers, write(ctx, SESSION, value, life));
}

/// Has the browser forget the session cookie.
pub fn clear_session(ctx: &Ctx, headers: &mut HeaderMap) {
    append(headers, write(ctx, SESSION, String::new(), Some(Span(0))));
}

/// Marks the device as known.
pub fn set_device(ctx: &Ctx, headers: &mut HeaderMap, value: String, life: Span) {
    append(headers, write(ctx, DEVICE, value, Some(life)));
}

/// Sets the cookie that a form's token is bound to.
pub fn set_pre_session(ctx: &Ctx, headers: &mut HeaderMap, value: String) {
    append(headers, write(ctx, PRE_SESSION, value, Some(Span::hours(1))));
}

fn append(headers: &mut HeaderMap, value: Option<HeaderValue>) {
    if let Some(value) = value {
        headers.append(SET_COOKIE, value);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_sent_twice_counts_for_nothing_a19() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=1; s=good".parse().unwrap());
        assert_eq!(read(&headers, "s"), Some("good"));
        headers.append(COOKIE, "s=planted".parse().unwrap());
        assert_eq!(read(&headers, "s"), None);
        assert_eq!(read(&headers, "a"), Some("1"));
    }

    #[test]
    fn a_strange_cookie_beside_it_hides_no_cookie_a19() {
        let line = |bytes: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.append(COOKIE, http::HeaderValue::from_bytes(bytes).unwrap());
            headers
        };
        for strange in [b"x=\xe9; s=good".as_slice(), b"s=good; \xff\xfe", b"\xe9=1;s=good", b"=;s=good;;a"] {
            assert_eq!(read(&line(strange), "s"), Some("good"), "{strange:?}");
        }
        for planted in [b"s=good; s=\xe9".as_slice(), b"s=\xe9", b"ss=good", b"s"] {
            assert_eq!(read(&line(planted), "s"), None, "{planted:?}");
        }
    }
}

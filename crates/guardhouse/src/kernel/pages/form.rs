//! Forms of pages, safe against other sites (M-37, `A21`, rulings 19).
//!
//! Nobody is signed in yet, so the form's token is bound to a cookie of its own that only this host can set.

use axum::extract::{FromRequest, Request};
use data_encoding::HEXLOWER;
use http::{HeaderMap, header::ORIGIN};
use serde_json::{Map, Value};

use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::{
        cookies, csrf,
        input::{self, Fields, Input},
    },
};

/// Bytes of a form.
const MOST_BYTES: usize = 16 * 1024;
const MOST_FIELDS: usize = 32;
/// The hidden field of the token.
const TOKEN: &str = "form_token";

/// Whether a cookie has the form of those that we set.
pub(super) fn is_seed(value: &str) -> bool {
    HEXLOWER.decode(value.as_bytes()).is_ok_and(|bytes| bytes.len() == 16)
}

/// The token of all forms of one browser.
pub(super) fn token(ctx: &Ctx, seed: &str) -> String {
    csrf::token(ctx, &bound(seed))
}

/// Not to be mistaken for a session, whose id has 16 bytes.
fn bound(seed: &str) -> Vec<u8> {
    [b"form/", seed.as_bytes()].concat()
}

/// A form that came from one of our own pages.
pub struct Form {
    fields: Map<String, Value>,
    /// The request's headers, for the page that answers.
    pub headers: HeaderMap,
}

/// What came of a form.
pub enum Submitted<T> {
    /// What it is for.
    Done(T),
    /// A refusal that the person can do something about.
    Wrong(Error),
}

/// A refusal that the person can do something about; a fault of ours goes to its own page.
pub fn correctable(error: Error) -> Result<Error> {
    if error.code().status().is_server_error() { Err(error) } else { Ok(error) }
}

impl FromRequest<Ctx> for Form {
    type Rejection = Error;

    async fn from_request(request: Request, ctx: &Ctx) -> Result<Self> {
        if !input::is_json(&request, "application/x-www-form-urlencoded") {
            return Err(Error::new(Code::UnsupportedMediaType, "Send the form as application/x-www-form-urlencoded."));
        }
        let headers = request.headers().clone();
        let body = input::read(request, MOST_BYTES).await?;
        let mut fields = fields(&body)?;
        let sent = fields.remove(TOKEN);
        check(ctx, &headers, sent.as_ref().and_then(Value::as_str))?;
        Ok(Self { fields, headers })
    }
}

/// Empty fields count as absent; one that is named twice was not made by a page of ours.
fn fields(body: &[u8]) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(body).take(MOST_FIELDS) {
        if fields.insert(name.into_owned(), Value::String(value.into_owned())).is_some() {
            return Err(Error::new(Code::ValidationFailed, "The form names a field twice."));
        }
    }
    fields.retain(|_, value| value.as_str() != Some(""));
    Ok(fields)
}

fn check(ctx: &Ctx, headers: &HeaderMap, sent: Option<&str>) -> Result<()> {
    let refused = || {
        let text = "This form is too old, or was not opened here. Go back, load the page again and send it once more.";
        Error::new(Code::CsrfFailed, text)
    };
    let seed = cookies::pre_session(ctx, headers).filter(|value| is_seed(value)).ok_or_else(refused)?;
    if !sent.is_some_and(|text| csrf::genuine(ctx, &bound(seed), text)) {
        return Err(refused());
    }
    // Pages send no referrer, and browsers then say `Origin: null` of their forms (Fetch, section 3.2.5).
    let anonymous = headers.get(ORIGIN).is_some_and(|origin| origin == "null");
    let same_origin = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
    match anonymous {
        true if same_origin => Ok(()),
        true => Err(refused()),
        false => csrf::check_origin(ctx, headers),
    }
}

impl Form {
    /// Whether the field was filled in.
    pub fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// A field's text, to show the form again.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }

    /// Does with the fields what the form is for. What is wrong, with them or with the act, is for the page to show
    /// again; a fault of ours goes to its own.
    pub async fn submit<I: Input, T>(&self, act: impl AsyncFnOnce(I) -> Result<T>) -> Result<Submitted<T>> {
        let done = match I::read(Fields::new(self.fields.clone())) {
            Ok(input) => act(input).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(done) => Ok(Submitted::Done(done)),
            Err(error) => correctable(error).map(Submitted::Wrong),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_field_named_twice_is_refused_and_an_empty_one_absent_d3() {
        assert!(fields(b"a=1&a=2").is_err());
        let read = fields(b"a=1%20%26&b=&c").unwrap();
        assert_eq!(read.get("a").unwrap(), "1 &");
        assert_eq!(read.len(), 1);
    }

    #[test]
    fn only_what_we_set_counts_as_a_seed_a19() {
        assert!(is_seed("000102030405060708090a0b0c0d0e0f"));
        for bad in ["", "x", "000102030405060708090A0B0C0D0E0F", "00"] {
            assert!(!is_seed(bad), "{bad}");
        }
    }
}

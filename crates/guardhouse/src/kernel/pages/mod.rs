//! Pages for people: rendered here, without scripts, from templates that features bring.
//!
//! A page may load our stylesheet, post to us and do nothing else (CSP, ASVS 3.4.3); nobody may frame or store it, and
//! no link tells where it came from, so that the token of a mailed link stays here.

mod asset;
mod form;
mod template;

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use guardhouse_core::secret;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use minijinja::Value;

pub use asset::routes;
pub use form::{Form, Submitted, correctable};
pub use minijinja::context;
pub use template::{Pages, Template};

use super::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::cookies,
};

const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A page to answer with.
pub struct Page {
    status: StatusCode,
    text: String,
    headers: HeaderMap,
}

impl Page {
    /// Renders a template.
    pub fn of(ctx: &Ctx, template: &Template, context: Value) -> Result<Self> {
        let context = context! { style => ctx.links.path("assets/plain.css"), ..context };
        let text = ctx.pages.render(template, &context)?;
        Ok(Self { status: StatusCode::OK, text, headers: HeaderMap::new() })
    }

    /// A page with forms: `form_token` in its context is bound to a cookie that the answer sets where there is none.
    fn with_form(ctx: &Ctx, sent: &HeaderMap, template: &Template, context: Value) -> Result<Self> {
        let known = cookies::pre_session(ctx, sent).filter(|value| form::is_seed(value)).map(str::to_owned);
        let seed = known.clone().unwrap_or_else(|| data_encoding::HEXLOWER.encode(&secret::random::<16>()));
        let context = context! { form_token => form::token(ctx, &seed), ..context };
        let mut page = Self::of(ctx, template, context)?;
        if known.is_none() {
            cookies::set_pre_session(ctx, &mut page.headers, seed);
        }
        Ok(page)
    }

    /// A page that says one thing.
    pub fn message(ctx: &Ctx, title: &str, text: &str) -> Result<Self> {
        Self::of(ctx, &template::MESSAGE, context! { title, text })
    }
}

impl IntoResponse for Page {
    fn into_response(mut self) -> Response {
        const HEADERS: [(HeaderName, &str); 3] = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::CACHE_CONTROL, "no-store"),
        ];
        for (name, value) in HEADERS {
            self.headers.insert(name, HeaderValue::from_static(value));
        }
        (self.status, self.headers, self.text).into_response()
    }
}

/// A page with a form; where it is shown again, with the sentence on top, what is wrong with each field, and the
/// status of the refusal.
pub fn form(ctx: &Ctx, sent: &HeaderMap, template: &Template, context: Value, wrong: Option<&Error>) -> Result<Page> {
    let details = wrong.map(Error::details).unwrap_or_default();
    // The first of several is shown.
    let faults: BTreeMap<String, String> =
        details.iter().rev().map(|detail| (detail.field.clone(), detail.message.clone())).collect();
    let problem = wrong.map(|error| match error.code() {
        Code::ValidationFailed => "Something is missing or wrong below.",
        _ => error.message(),
    });
    let mut page = Page::with_form(ctx, sent, template, context! { problem, faults, ..context })?;
    if let Some(error) = wrong {
        page.status = error.code().status();
        if let Some(wait) = error.retry() {
            page.headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_seconds_up().max(1)));
        }
    }
    Ok(page)
}

/// A parameter of a page's address; one that is given twice counts for nothing.
pub fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let mut found = form_urlencoded::parse(query?.as_bytes()).filter(|(key, _)| key == name);
    match (found.next(), found.next()) {
        (Some((_, value)), None) if !value.is_empty() => Some(value.into_owned()),
        _ => None,
    }
}

/// The page of an error that no form takes up.
pub fn error(ctx: &Ctx, error: &Error, request_id: &str) -> Response {
    let title = error.code().status().canonical_reason().unwrap_or("Error");
    match Page::of(ctx, &template::ERROR, context! { title, text => error.message(), request_id }) {
        Ok(page) => page.into_response(),
        Err(_) => title.into_response(),
    }
}

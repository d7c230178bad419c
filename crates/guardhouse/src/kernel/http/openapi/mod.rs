//! The API description (OpenAPI 3.1), made from the route table.
//!
//! Nothing of it is written by hand a second time: guards become security requirements and the refusals that go with
//! them, `input!` bodies become schemas, and a route that is not described cannot exist.

mod components;
mod operation;
mod refusals;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::OnceLock};

use bytes::Bytes;
use data_encoding::HEXLOWER;
use guardhouse_core::secret;
use serde_json::{Map, Value, json};

use super::{cookies, route::Route};
use crate::kernel::{ctx::Ctx, feature::Feature, links::Links, principal::Key, settings::Settings};

pub use operation::id as operation_id;
pub use refusals::codes;

const ABOUT: &str = "Sign-in, sessions, tokens and authorization.\n\n\
    **Credentials.** Those of the security schemes; one explicit credential in a request, and it alone \
    decides. With the cookie, what changes something needs `X-CSRF-Token` and an origin that is ours.\n\n\
    **Bodies** are JSON objects in UTF-8. Fields that are not known are refused under `/api`, all faults at once.\n\n\
    **Errors** have one shape, with a stable `code` to act on and a `request_id` that finds the cause in the log. \
    `/oauth` and `/.well-known` answer with the shape of RFC 6749.\n\n\
    **Lists** take `limit` (50, at most 200) and `cursor`, and answer `data` with `next_cursor`.\n\n\
    **Times** are RFC 3339 in UTC; ids are a prefix and a UUIDv7 (`usr_…`).";

/// What the description is made of.
#[derive(Clone, Copy)]
pub struct Sources {
    /// The route table.
    pub routes: fn() -> Vec<Route>,
    /// The features, for tags and the credentials that they check.
    pub features: &'static [Feature],
}

/// The whole document.
pub fn document(sources: Sources, settings: &Settings, links: &Links) -> Value {
    let routes = (sources.routes)();
    let credentials = Credentials::of(sources.features);
    let mut schemas = components::schemas();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for route in &routes {
        components::collect(&mut schemas, &route.doc);
        let operation = operation::describe(route, &credentials);
        paths.entry(operation::path(route.path)).or_default().insert(route.method.as_str().to_lowercase(), operation);
    }
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Guardhouse",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Authentication and authorization for any API",
            "description": ABOUT,
            "license": { "name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE") },
        },
        "servers": [{ "url": links.to("").trim_end_matches('/'), "description": "This server" }],
        "tags": tags(sources.features, &routes),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": components::headers(),
            "securitySchemes": credentials.schemes(&cookies::session_name(settings)),
        },
    })
}

/// The features with routes in their order, then what the kernel itself serves.
fn tags(features: &[Feature], routes: &[Route]) -> Vec<Value> {
    let used = |feature: &&Feature| routes.iter().any(|route| route.feature == feature.name);
    let mut tags: Vec<_> = features.iter().filter(used).map(|feature| (feature.name, feature.about)).collect();
    for route in routes {
        if tags.iter().all(|(name, _)| *name != route.feature) {
            tags.push((route.feature, "What belongs to no feature."));
        }
    }
    tags.iter().map(|(name, about)| json!({ "name": name, "description": about })).collect()
}

/// The kinds of credential that some feature checks.
pub(super) struct Credentials(Vec<Key>);

impl Credentials {
    fn of(features: &[Feature]) -> Self {
        Self(features.iter().flat_map(|feature| (feature.authenticators)()).map(|one| one.key).collect())
    }

    fn bearer(&self) -> bool {
        self.0.iter().any(|key| matches!(key, Key::Bearer(_)))
    }

    fn has(&self, key: Key) -> bool {
        self.0.contains(&key)
    }

    fn schemes(&self, cookie: &str) -> Map<String, Value> {
        let all = [
            (
                self.bearer(),
                "bearer",
                json!({
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "An access token (RFC 6750, RFC 9068), or an API key where keys are accepted.",
                }),
            ),
            (
                self.has(Key::Basic),
                "basic",
                json!({
                    "type": "http", "scheme": "basic",
                    "description": "RFC 7617; the password is an API key or a client secret unless `basic.user_passwords` is set.",
                }),
            ),
            (
                self.has(Key::ApiKeyHeader),
                "api_key",
                json!({
                    "type": "apiKey", "in": "header", "name": "X-API-Key", "description": "`gdk_…`",
                }),
            ),
            (
                self.has(Key::Cookie),
                "session",
                json!({
                    "type": "apiKey", "in": "cookie", "name": cookie,
                    "description": "The session cookie of a login with `delivery: \"cookie\"`.",
                }),
            ),
            (
                self.has(Key::Cookie),
                "csrf",
                json!({
                    "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
                    "description": "From the login answer or `GET /api/auth/csrf`; goes with the cookie on all that changes something.",
                }),
            ),
        ];
        all.into_iter().filter(|(there, ..)| *there).map(|(_, name, scheme)| (name.to_owned(), scheme)).collect()
    }
}

/// The description as it is served: made when first asked for, once.
pub struct Description {
    sources: Sources,
    made: OnceLock<Made>,
    page: OnceLock<Bytes>,
}

/// The finished document.
pub struct Made {
    /// As a value.
    pub document: Value,
    /// As text.
    pub json: Bytes,
    /// Its strong entity tag (RFC 9110, section 8.8.3), quotes included.
    pub etag: String,
}

impl Description {
    /// Nothing is made yet.
    pub fn new(sources: Sources) -> Self {
        Self { sources, made: OnceLock::new(), page: OnceLock::new() }
    }

    /// The document.
    pub fn made(&self, ctx: &Ctx) -> &Made {
        self.made.get_or_init(|| {
            let document = document(self.sources, &ctx.settings, &ctx.links);
            let json = Bytes::from(document.to_string());
            let etag = format!("\"{}\"", HEXLOWER.encode(&secret::sha256(&json)[..16]));
            Made { document, json, etag }
        })
    }

    /// The page for people that `render` makes of the document, kept from then on.
    ///
    /// # Errors
    /// Those of `render`.
    pub fn page<E>(&self, ctx: &Ctx, render: impl FnOnce(&Value) -> Result<String, E>) -> Result<Bytes, E> {
        if let Some(page) = self.page.get() {
            return Ok(page.clone());
        }
        let page = Bytes::from(render(&self.made(ctx).document)?);
        Ok(self.page.get_or_init(|| page).clone())
    }
}

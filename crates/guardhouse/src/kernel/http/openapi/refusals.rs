//! What a route may refuse with: its own codes, and those that its guard, limit and body bring.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::components;
use crate::kernel::{
    errors::Code,
    http::{
        csrf,
        render::{self, Face},
        route::{Guard, Route},
    },
};

/// All codes, in the order of [`Code::ALL`].
pub fn codes(route: &Route) -> Vec<Code> {
    let mut found = route.doc.errors.clone();
    found.extend_from_slice(of_guard(route));
    let changes = csrf::changes_something(&route.method);
    let guarded = !matches!(route.guard, Guard::Public | Guard::Development);
    if changes && (guarded || route.path.contains("/api/auth/")) {
        found.push(Code::CsrfFailed);
    }
    if route.doc.takes.is_some() {
        found.extend([Code::ValidationFailed, Code::MalformedJson, Code::PayloadTooLarge, Code::UnsupportedMediaType]);
    }
    if route.limited.is_some() {
        found.push(Code::RateLimited);
    }
    if guarded || route.path.starts_with("/api") {
        found.push(Code::Unavailable);
    }
    if !matches!(route.path, "/healthz" | "/readyz" | "/metrics") && route.guard != Guard::Development {
        found.push(Code::HttpsRequired);
    }
    found.push(Code::Internal);
    Code::ALL.iter().copied().filter(|code| found.contains(code)).collect()
}

fn of_guard(route: &Route) -> &'static [Code] {
    // The first eight are what `authenticate` says: an API key has a limit on every route, and the tenant that a caller acts
    // in may ask for a better proof.
    const PROVED: [Code; 10] = [
        Code::AmbiguousCredentials,
        Code::TokenMissing,
        Code::TokenExpired,
        Code::InvalidToken,
        Code::TokenRevoked,
        Code::InvalidApiKey,
        Code::RateLimited,
        Code::StepUpRequired,
        Code::Forbidden,
        Code::NotFound,
    ];
    match route.guard {
        Guard::Public => &[],
        Guard::Development => &[Code::NotFound],
        Guard::SignedIn => &PROVED[..8],
        Guard::InTenant(_) => &PROVED,
        Guard::Person
        | Guard::RecentProof
        | Guard::Permission(_)
        | Guard::Reaching(_)
        | Guard::Role(_)
        | Guard::Operations => &PROVED[..9],
    }
}

pub(super) fn by_status(route: &Route) -> BTreeMap<StatusCode, Vec<Code>> {
    let mut grouped: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for code in codes(route) {
        grouped.entry(code.status()).or_default().push(code);
    }
    grouped
}

/// The answer object for codes of one status.
pub(super) fn answer(route: &Route, codes: &[Code], headers: &Value) -> Value {
    let listed: Vec<_> = codes.iter().map(|code| format!("`{}`", code.as_str())).collect();
    let content = match Face::of(route.path, false) {
        Face::OAuth => oauth(codes),
        _ => api(codes),
    };
    json!({ "description": listed.join(" · "), "headers": headers, "content": { "application/json": content } })
}

fn api(codes: &[Code]) -> Value {
    let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let narrowed = json!({ "properties": { "error": { "properties": { "code": { "enum": names } } } } });
    let examples: Map<String, Value> = codes
        .iter()
        .map(|code| (code.as_str().to_owned(), json!({ "summary": code.about(), "value": example(*code) })))
        .collect();
    json!({ "schema": { "allOf": [components::reference("Error"), narrowed] }, "examples": examples })
}

fn example(code: Code) -> Value {
    let mut error = json!({ "code": code.as_str(), "message": code.about(), "request_id": "5f2b8c0d9e1a4b7c8d6e3f10" });
    let detail = match code {
        Code::ValidationFailed => ("email", "INVALID_EMAIL", "This is no e-mail address."),
        Code::WeakPassword => ("password", "TOO_SHORT", "The password needs at least 8 characters."),
        _ => return json!({ "error": error }),
    };
    error["details"] = json!([{ "field": detail.0, "code": detail.1, "message": detail.2 }]);
    json!({ "error": error })
}

fn oauth(codes: &[Code]) -> Value {
    let of = |code: &Code| {
        let value = json!({ "error": render::oauth_code(*code), "error_description": code.about() });
        (code.as_str().to_owned(), json!({ "summary": code.about(), "value": value }))
    };
    let examples: Map<String, Value> = codes.iter().map(of).collect();
    json!({ "schema": components::reference("OAuthError"), "examples": examples })
}

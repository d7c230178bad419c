//! One row of the route table as an operation object.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{Credentials, components, refusals};
use crate::kernel::{
    http::{
        csrf,
        route::{Guard, NamedSchema, Route},
    },
    limits::network::Policy,
    principal::Key,
};

const JSON: &str = "application/json";

/// The path without the star of a catch-all, which templates do not know.
pub(super) fn path(path: &str) -> String {
    path.replace("{*", "{")
}

/// `post_auth_login` for `POST /api/auth/login`: stable as long as the call is.
pub fn id(method: &Method, path: &str) -> String {
    let mut id = method.as_str().to_lowercase();
    for segment in path.trim_start_matches("/api").split('/').filter(|segment| !segment.is_empty()) {
        id.push('_');
        if segment.starts_with('{') {
            id.push_str("by_");
        }
        id.extend(segment.chars().filter(|c| !matches!(c, '{' | '}' | '*')).map(word));
    }
    id.replace("__", "_")
}

fn word(c: char) -> char {
    if c.is_ascii_alphanumeric() { c } else { '_' }
}

pub(super) fn describe(route: &Route, credentials: &Credentials) -> Value {
    let mut operation = Map::new();
    operation.insert("operationId".into(), id(&route.method, route.path).into());
    operation.insert("tags".into(), json!([route.feature]));
    operation.insert("summary".into(), route.doc.summary.into());
    operation.insert("description".into(), description(route).into());
    operation.insert("x-guard".into(), who(route.guard).into());
    if let Some(Policy { setting, .. }) = route.limited {
        operation.insert("x-limit".into(), setting.into());
    }
    operation.insert("security".into(), security(route, credentials));
    let parameters = parameters(route);
    if !parameters.is_empty() {
        operation.insert("parameters".into(), parameters.into());
    }
    if let Some(body) = route.doc.takes {
        operation.insert("requestBody".into(), request_body(&body(), route.doc.example.as_ref()));
    }
    operation.insert("responses".into(), responses(route).into());
    operation.into()
}

/// Who may, in words.
pub(super) fn who(guard: Guard) -> String {
    match guard {
        Guard::Public => "Everyone".to_owned(),
        Guard::SignedIn => "Whoever is signed in".to_owned(),
        Guard::Person => "A person with a session".to_owned(),
        Guard::RecentProof => "A person with a session, after a recent proof or with `current_password`".to_owned(),
        Guard::Permission(permission) => format!("Permission `{permission}`"),
        Guard::Reaching(permission) => format!("Permission `{permission}`, everywhere or in the tenant acted in"),
        Guard::InTenant(permission) => format!("Permission `{permission}`, everywhere or in this tenant"),
        Guard::Role(role) => format!("Role `{role}`"),
        Guard::Operations => "Permission `metrics:read`; everyone in development or with `telemetry.public`".to_owned(),
        Guard::Development => "Development only, from this machine".to_owned(),
    }
}

fn description(route: &Route) -> String {
    let mut text = route.doc.description.to_owned();
    let mut paragraph = |line: String| {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&line);
    };
    paragraph(format!("**Who may:** {}.", who(route.guard)));
    if let Some(Policy { setting, .. }) = route.limited {
        paragraph(format!("**Limited** by `{setting}`."));
    }
    text
}

/// Any one of the credentials that pass; with the cookie also the token against forgery where something changes.
fn security(route: &Route, credentials: &Credentials) -> Value {
    if matches!(route.guard, Guard::Public | Guard::Development) {
        return json!([]);
    }
    let person = matches!(route.guard, Guard::Person | Guard::RecentProof);
    let cookie = if csrf::changes_something(&route.method) {
        json!({ "session": [], "csrf": [] })
    } else {
        json!({ "session": [] })
    };
    let all = [
        (credentials.bearer(), json!({ "bearer": [] })),
        (credentials.has(Key::Cookie), cookie),
        (credentials.has(Key::ApiKeyHeader) && !person, json!({ "api_key": [] })),
        (credentials.has(Key::Basic) && !person, json!({ "basic": [] })),
    ];
    all.into_iter().filter(|(there, _)| *there).map(|(_, one)| one).collect()
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).map(|name| {
        let name = name.trim_start_matches('*');
        let about = format!("The `{name}` that the path names.");
        json!({ "name": name, "in": "path", "required": true, "description": about, "schema": { "type": "string" } })
    });
    let in_query = route.doc.query.iter().map(|(name, about)| {
        let schema = match *name {
            "limit" => json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 }),
            _ => json!({ "type": "string" }),
        };
        json!({ "name": name, "in": "query", "required": false, "description": about, "schema": schema })
    });
    in_path.chain(in_query).collect()
}

fn request_body(body: &NamedSchema, example: Option<&Value>) -> Value {
    let mut content = json!({ "schema": components::reference(&body.name) });
    if let (Some(content), Some(example)) = (content.as_object_mut(), example) {
        content.insert("examples".into(), json!({ "usual": { "summary": "A usual body", "value": example } }));
    }
    let required = components::has_required(&body.schema);
    json!({ "required": required, "content": { JSON: content } })
}

fn responses(route: &Route) -> Map<String, Value> {
    let mut all = Map::new();
    for (status, schema, meaning) in &route.doc.answers {
        let mut answer = json!({ "description": meaning, "headers": headers(route, *status) });
        if let (Some(schema), Some(answer)) = (schema, answer.as_object_mut()) {
            answer.insert("content".into(), json!({ JSON: { "schema": components::reference(&schema().name) } }));
        }
        all.insert(status.as_str().to_owned(), answer);
    }
    for (status, media, meaning) in &route.doc.texts {
        let entry = all
            .entry(status.as_str())
            .or_insert_with(|| json!({ "description": meaning, "headers": headers(route, *status) }));
        entry["content"][media] = json!({ "schema": { "type": "string" } });
    }
    for (status, codes) in refusals::by_status(route) {
        let refusal = refusals::answer(route, &codes, &headers(route, status));
        all.entry(status.as_str()).or_insert(refusal);
    }
    all
}

fn headers(route: &Route, status: StatusCode) -> Value {
    let mut headers = Map::new();
    let mut add = |name: &str| {
        headers.insert(name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
    };
    add("X-Request-Id");
    if route.limited.is_some() {
        add("RateLimit-Policy");
        add("RateLimit");
    }
    match status.as_u16() {
        401 => add("WWW-Authenticate"),
        423 | 429 | 503 => add("Retry-After"),
        301..=308 => add("Location"),
        _ => {}
    }
    headers.into()
}

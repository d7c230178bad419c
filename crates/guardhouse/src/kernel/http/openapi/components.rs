//! What operations refer to: schemas and headers.

use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema as _,
    openapi::{RefOr, Schema},
};

use crate::kernel::{
    errors::{Code, Detail},
    http::route::Doc,
};

pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The schemas of errors; the rest comes from the routes.
pub(super) fn schemas() -> Map<String, Value> {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let error = json!({
        "type": "object",
        "description": "The one shape of errors. Some codes bring members of their own beside these.",
        "required": ["error"],
        "additionalProperties": false,
        "properties": { "error": {
            "type": "object",
            "required": ["code", "message", "request_id"],
            "properties": {
                "code": { "type": "string", "enum": codes, "description": "Stable: act on this." },
                "message": { "type": "string", "description": "For people; the wording may change." },
                "details": {
                    "type": "array",
                    "items": reference("Detail"),
                    "description": "Each field that is wrong.",
                },
                "request_id": { "type": "string", "description": "Finds the cause in the server's log." },
            },
        } },
    });
    let oauth = json!({
        "type": "object",
        "description": "RFC 6749, section 5.2.",
        "required": ["error"],
        "properties": {
            "error": { "type": "string", "description": "The standard's code." },
            "error_description": { "type": "string", "description": "For people." },
        },
    });
    let mut all = Map::new();
    all.insert("Error".into(), error);
    all.insert("OAuthError".into(), oauth);
    all.insert("Detail".into(), value(&Detail::schema()));
    all
}

/// Adds the schemas of a route's bodies and answers.
pub(super) fn collect(all: &mut Map<String, Value>, doc: &Doc) {
    let answers = doc.answers.iter().filter_map(|(_, schema, _)| schema.as_ref());
    for named in answers.chain(&doc.takes) {
        let named = named();
        all.insert(named.name, value(&named.schema));
        for (name, schema) in named.uses {
            all.insert(name, value(&schema));
        }
    }
}

fn value(schema: &RefOr<Schema>) -> Value {
    // A schema is made of texts, numbers and maps with text keys: it always serializes.
    serde_json::to_value(schema).unwrap_or_default()
}

/// Whether a body of this schema cannot be left out.
pub(super) fn has_required(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if !object.required.is_empty())
}

pub(super) fn headers() -> Value {
    let text = |about: &str| json!({ "description": about, "schema": { "type": "string" } });
    json!({
        "X-Request-Id": text("Names this request in the log; the caller's own where it was well-formed."),
        "RateLimit-Policy": text("The limit's name, quota and window in seconds: `\"login\";q=20;w=900`."),
        "RateLimit": text("What the limit leaves and when it is whole again: `\"login\";r=19;t=900`."),
        "WWW-Authenticate": text("The challenge (RFC 9110, RFC 6750)."),
        "Location": text("Where to go on."),
        "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer", "minimum": 1 } },
    })
}

//! Holds answers against the API description: a status that is not described, or a body that is not of its schema,
//! fails the test.

use serde_json::Value;

use super::Answer;

/// What is wrong with an answer of this call, `POST` and `/api/auth/login`; empty when it is as described.
pub fn faults(document: &Value, method: &str, path: &str, answer: &Answer) -> Vec<String> {
    let operation = &document["paths"][path][method.to_lowercase()];
    let described = &operation["responses"][answer.status.as_str()];
    if described.is_null() {
        return vec![format!("{method} {path} does not describe {}", answer.status)];
    }
    let mut faults = Vec::new();
    for name in described["headers"].as_object().into_iter().flatten().map(|(name, _)| name) {
        // A limit that is off or not reached yet says nothing.
        if !name.starts_with("RateLimit") && answer.header(name).is_none() {
            faults.push(format!("the header {name} is missing"));
        }
    }
    match &described["content"]["application/json"]["schema"] {
        Value::Null => {}
        schema => check(document, schema, &answer.json, "", &mut faults),
    }
    faults
}

/// What is wrong with a value by a schema of the document.
pub fn schema_faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(document, schema, value, "", &mut faults);
    faults
}

/// The keywords of JSON Schema that the description uses; one that is not known here would check nothing.
fn check(document: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let Some(keywords) = schema.as_object() else { return };
    for (keyword, rule) in keywords {
        match keyword.as_str() {
            "$ref" => {
                let pointer = rule.as_str().and_then(|reference| reference.strip_prefix('#')).unwrap_or_default();
                match document.pointer(pointer) {
                    Some(schema) => check(document, schema, value, at, faults),
                    None => faults.push(format!("{at}: {rule} leads nowhere")),
                }
            }
            "allOf" => list(rule).for_each(|one| check(document, one, value, at, faults)),
            "oneOf" | "anyOf" => {
                if !list(rule).any(|one| schema_faults(document, one, value).is_empty()) {
                    faults.push(format!("{at}: {value} is none of the choices"));
                }
            }
            "type" => {
                if !std::iter::once(rule).chain(list(rule)).filter_map(Value::as_str).any(|kind| is(kind, value)) {
                    faults.push(format!("{at}: {value} is not {rule}"));
                }
            }
            "enum" if !list(rule).any(|one| one == value) => faults.push(format!("{at}: {value} is none of {rule}")),
            "required" => {
                let missing = list(rule).filter_map(Value::as_str).filter(|name| value.get(name).is_none());
                faults.extend(missing.map(|name| format!("{at}: {name} is missing")));
            }
            "properties" => {
                for (name, schema) in rule.as_object().into_iter().flatten() {
                    if let Some(member) = value.get(name) {
                        check(document, schema, member, &format!("{at}/{name}"), faults);
                    }
                }
            }
            "additionalProperties" if *rule == false => {
                let extra = value.as_object().into_iter().flatten().map(|(name, _)| name);
                let extra = extra.filter(|name| schema["properties"].get(name).is_none());
                faults.extend(extra.map(|name| format!("{at}: {name} is not described")));
            }
            "items" => list(value).for_each(|item| check(document, rule, item, &format!("{at}[]"), faults)),
            "maxLength" => {
                if value.as_str().is_some_and(|text| text.chars().count() as u64 > rule.as_u64().unwrap_or(0)) {
                    faults.push(format!("{at}: too long"));
                }
            }
            "maxItems" => {
                if list(value).count() as u64 > rule.as_u64().unwrap_or(0) {
                    faults.push(format!("{at}: too many"));
                }
            }
            "enum"
            | "additionalProperties"
            | "description"
            | "title"
            | "format"
            | "example"
            | "examples"
            | "default"
            | "minimum"
            | "maximum"
            | "propertyNames"
            | "deprecated"
            | "nullable"
            | "contentMediaType" => {}
            other => faults.push(format!("{at}: the keyword {other} is not checked here")),
        }
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

use serde::Serialize;
use serde_json::Value;

/// A field or parameter.
#[derive(Clone, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) required: bool,
    pub(super) about: String,
}

/// How deep nested objects are shown.
const DEEPEST: usize = 3;

/// The last part of a reference; empty for a schema without a name.
pub(super) fn name(schema: &Value) -> String {
    let reference = schema["$ref"].as_str().unwrap_or_default();
    reference.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The fields of an object, those of objects inside it below them as `user.id`.
pub(super) fn rows(document: &Value, schema: &Value) -> Vec<Row> {
    let mut rows = Vec::new();
    add(document, schema, "", 0, &mut rows);
    rows
}

fn add(document: &Value, schema: &Value, prefix: &str, depth: usize, rows: &mut Vec<Row>) {
    let object = resolve(document, schema);
    let is_required =
        |name: &str| object["required"].as_array().is_some_and(|all| all.iter().any(|required| required == name));
    let mut fields: Vec<_> = object["properties"].as_object().into_iter().flatten().collect();
    fields.sort_by_key(|(name, _)| !is_required(name));
    for (name, field) in fields {
        let path = format!("{prefix}{name}");
        let shown = resolve(document, field);
        rows.push(Row {
            name: path.clone(),
            kind: kind(shown),
            required: is_required(name),
            about: [field, shown].iter().find_map(|one| one["description"].as_str()).unwrap_or_default().to_owned(),
        });
        if depth < DEEPEST {
            let (inner, mark) = if shown["items"].is_object() { (&shown["items"], "[].") } else { (shown, ".") };
            add(document, inner, &format!("{path}{mark}"), depth + 1, rows);
        }
    }
}

/// The schema behind a reference, also where it is the one of several that is not `null`.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    let schema = choices.into_iter().find(|one| one["type"] != "null").unwrap_or(schema);
    let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

/// The type in words.
pub(super) fn kind(schema: &Value) -> String {
    if let Some(choices) = schema["enum"].as_array() {
        return choices.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | ");
    }
    let base = match &schema["type"] {
        Value::String(one) => one.clone(),
        Value::Array(any) => any.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    };
    let format = schema["format"].as_str().map(|format| format!(" ({format})")).unwrap_or_default();
    let most = schema["maxLength"].as_u64().map(|most| format!(", at most {most}")).unwrap_or_default();
    format!("{base}{format}{most}")
}

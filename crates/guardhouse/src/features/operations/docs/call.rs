use serde::Serialize;
use serde_json::Value;

use super::schema::{self, Row};

/// One call as the page shows it.
#[derive(Clone, Serialize)]
pub(super) struct Call {
    id: String,
    method: String,
    path: String,
    summary: String,
    about: String,
    guard: String,
    limit: String,
    parameters: Vec<Row>,
    body: Vec<Row>,
    body_name: String,
    example: String,
    answers: Vec<Answer>,
    refusals: Vec<Refusal>,
}

#[derive(Clone, Serialize)]
struct Answer {
    status: String,
    meaning: String,
    media: String,
    schema: String,
    fields: Vec<Row>,
}

#[derive(Clone, Serialize)]
struct Refusal {
    status: String,
    codes: Vec<(String, String)>,
    example: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Call {
    pub(super) fn of(document: &Value, path: &str, method: &str, operation: &Value) -> Self {
        let body = &operation["requestBody"]["content"]["application/json"];
        // What follows is said in a table of its own.
        let about = text(&operation["description"]);
        let about = about.split("**Who may:**").next().unwrap_or_default().trim().to_owned();
        let responses = || operation["responses"].as_object().into_iter().flatten();
        Self {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            about,
            guard: text(&operation["x-guard"]),
            limit: text(&operation["x-limit"]),
            parameters: operation["parameters"].as_array().into_iter().flatten().map(parameter).collect(),
            body: schema::rows(document, &body["schema"]),
            body_name: schema::name(&body["schema"]),
            example: curl(document, path, method, operation),
            answers: responses().filter_map(|(status, answer)| Answer::of(document, status, answer)).collect(),
            refusals: responses().filter_map(|(status, answer)| Refusal::of(status, answer)).collect(),
        }
    }
}

fn parameter(parameter: &Value) -> Row {
    Row {
        name: text(&parameter["name"]),
        kind: format!("{}, in {}", schema::kind(&parameter["schema"]), text(&parameter["in"])),
        required: parameter["required"] == true,
        about: text(&parameter["description"]),
    }
}

fn is_refusal(status: &str) -> bool {
    status >= "400"
}

impl Answer {
    fn of(document: &Value, status: &str, answer: &Value) -> Option<Self> {
        if is_refusal(status) {
            return None;
        }
        let content = answer["content"].as_object().and_then(|content| content.iter().next());
        let schema = content.map_or(&Value::Null, |(_, media)| &media["schema"]);
        Some(Self {
            status: status.to_owned(),
            meaning: text(&answer["description"]),
            media: content.map(|(media, _)| media.clone()).unwrap_or_default(),
            schema: schema::name(schema),
            fields: schema::rows(document, schema),
        })
    }
}

impl Refusal {
    fn of(status: &str, answer: &Value) -> Option<Self> {
        if !is_refusal(status) {
            return None;
        }
        let content = answer["content"].as_object().and_then(|content| content.values().next());
        let examples = content.and_then(|content| content["examples"].as_object());
        let codes = examples.into_iter().flatten().map(|(code, example)| (code.clone(), text(&example["summary"])));
        let first = examples.and_then(|examples| examples.values().next()).map(|example| &example["value"]);
        Some(Self { status: status.to_owned(), codes: codes.collect(), example: first.map(pretty).unwrap_or_default() })
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A command line that can be pasted into a shell: single quotes inside the body are closed and opened again.
fn curl(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let server = document["servers"][0]["url"].as_str().unwrap_or_default();
    let mut lines = vec![match method {
        "get" => format!("curl '{server}{path}'"),
        _ => format!("curl -X {} '{server}{path}'", method.to_uppercase()),
    }];
    if operation["security"].as_array().is_some_and(|any| !any.is_empty()) {
        lines.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
    }
    let example = &operation["requestBody"]["content"]["application/json"]["examples"]["usual"]["value"];
    if !example.is_null() {
        lines.push("-H 'Content-Type: application/json'".to_owned());
        lines.push(format!("-d '{}'", example.to_string().replace('\'', r"'\''")));
    }
    lines.join(" \\\n  ")
}

//! Where settings come from: the file, then the environment over it, then the command line over both.

use std::collections::BTreeMap;

use serde_json::Value;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Origin, Problem, Profile};

const PREFIX: &str = "GUARDHOUSE_";

/// Everything that settings are read from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The file's name, for messages, and its text.
    pub toml: Option<(String, String)>,
    /// The environment. Names without the prefix `GUARDHOUSE_` are only read by values `env:NAME`.
    pub env: Vec<(String, String)>,
    /// The profile where none is set by hand.
    pub profile: Option<Profile>,
    /// Keys set by options of the command line: `("server.listen", "127.0.0.1:0")`.
    pub overrides: Vec<(String, String)>,
}

/// A value with the place it was given at.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Dotted keys with their values.
pub(super) type Entries = BTreeMap<String, Entry>;

/// `tokens.access_ttl` is `GUARDHOUSE_TOKENS__ACCESS_TTL`.
pub(super) fn environment_name(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// Lays the three over one another.
pub(super) fn gather(source: &Source) -> Result<Entries, Problem> {
    let mut entries = Entries::new();
    if let Some((name, text)) = &source.toml {
        read_file(name, text, &mut entries)?;
    }
    for (name, text) in &source.env {
        if let Some(key) = environment_key(name) {
            let origin = Origin::Environment(name.clone());
            entries.insert(key, Entry { value: Value::String(text.clone()), origin });
        }
    }
    for (key, text) in &source.overrides {
        let entry = Entry { value: Value::String(text.clone()), origin: Origin::CommandLine };
        entries.insert(key.clone(), entry);
    }
    Ok(entries)
}

/// The key a variable sets. Kubernetes gives every container variables about each service of its
/// namespace (`GUARDHOUSE_PORT_8700_TCP` for one of the name `guardhouse`): they are no settings.
fn environment_key(name: &str) -> Option<String> {
    let rest = name.strip_prefix(PREFIX)?;
    let of_a_service =
        !rest.contains("__") && (rest == "PORT" || rest.starts_with("PORT_") || rest.starts_with("SERVICE_"));
    let of_the_command_line = matches!(rest, "CONFIG" | "TOKEN");
    (!of_a_service && !of_the_command_line).then(|| rest.replace("__", ".").to_lowercase())
}

fn read_file(name: &str, text: &str, entries: &mut Entries) -> Result<(), Problem> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map(|span| place(name, text, span.start));
        Problem::new("", error.message(), "correct the line; https://toml.io describes the format").at(at)
    })?;
    flatten(&File { name, text }, "", table.get_ref(), entries);
    Ok(())
}

struct File<'a> {
    name: &'a str,
    text: &'a str,
}

fn flatten(file: &File<'_>, path: &str, table: &DeTable<'_>, entries: &mut Entries) {
    for (name, value) in table {
        let key = super::section::key(path, name.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) if !inner.is_empty() => flatten(file, &key, inner, entries),
            other => {
                let origin = place(file.name, file.text, name.span().start);
                entries.insert(key, Entry { value: json(other), origin });
            }
        }
    }
}

fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::String(number.to_string()), Value::from),
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Array(items) => items.iter().map(Spanned::get_ref).map(json).collect(),
        DeValue::Table(table) => {
            table.iter().map(|(name, value)| (name.get_ref().to_string(), json(value.get_ref()))).collect()
        }
    }
}

fn place(name: &str, text: &str, offset: usize) -> Origin {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Origin::File { name: name.to_owned(), line, column }
}

//! Taking typed values out of what was given, noting every mistake instead of stopping at the first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Origin, Problem, Profile, SettingDoc, kinds,
    section::key,
    source::{Entries, Entry, Source, gather},
};

/// What was given, while sections take their keys out of it.
#[derive(Debug)]
pub struct Values {
    profile: Profile,
    entries: Entries,
    variables: BTreeMap<String, String>,
    known: BTreeSet<String>,
    pub(super) origins: BTreeMap<String, Origin>,
    pub(super) problems: Vec<Problem>,
}

impl Values {
    pub(super) fn new(source: &Source) -> Result<Self, Problem> {
        Ok(Self {
            profile: Profile::default(),
            entries: gather(source)?,
            variables: source.env.iter().cloned().collect(),
            known: BTreeSet::new(),
            origins: BTreeMap::new(),
            problems: Vec::new(),
        })
    }

    /// The profile whose defaults hold.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    pub(super) fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
    }

    /// Takes one value; `kind` is its Rust type as text, which says how an environment's text is read.
    pub fn take<T: DeserializeOwned + Serialize>(&mut self, section: &str, field: &str, kind: &str, default: T) -> T {
        let key = key(section, field);
        self.known.insert(key.clone());
        let Some(Entry { value, origin }) = self.entries.remove(&key) else { return default };
        self.origins.insert(key.clone(), origin.clone());
        let text_only = !matches!(origin, Origin::File { .. });
        let given = kinds::from_text(kind, value, text_only);
        let revealed = if kinds::is_secret(kind) { self.reveal(given) } else { Ok(given) };
        let problem = match revealed {
            Ok(value) => match serde_json::from_value(value) {
                Ok(value) => return value,
                Err(error) => mistake::<T>(&key, kind, &error),
            },
            Err(problem) => Problem { key: key.clone(), ..problem },
        };
        self.problems.push(problem.at(Some(origin)));
        default
    }

    /// Follows `file:/path` and `env:NAME`, also inside a list (M-38).
    fn reveal(&self, value: Value) -> Result<Value, Problem> {
        match value {
            Value::String(text) => self.reveal_text(text).map(Value::String),
            Value::Array(items) => {
                items.into_iter().map(|item| self.reveal(item)).collect::<Result<_, _>>().map(Value::Array)
            }
            other => Ok(other),
        }
    }

    fn reveal_text(&self, text: String) -> Result<String, Problem> {
        if let Some(path) = text.strip_prefix("file:") {
            return std::fs::read_to_string(path).map(|text| text.trim().to_owned()).map_err(|error| {
                Problem::new(
                    "",
                    format!("can't read the file {path}: {error}"),
                    format!("create {path}, readable by this user only"),
                )
            });
        }
        let Some(name) = text.strip_prefix("env:") else { return Ok(text) };
        self.variables.get(name).cloned().ok_or_else(|| {
            Problem::new(
                "",
                format!("the environment has no variable {name}"),
                format!("set {name}, or give the value as file:/path"),
            )
        })
    }

    /// What nobody took is unknown: a misspelt key must not be a setting silently left at its default.
    pub(super) fn refuse_the_rest(&mut self) {
        for (key, Entry { origin, value }) in std::mem::take(&mut self.entries) {
            let prefix = format!("{key}.");
            let empty_table = value.as_object().is_some_and(serde_json::Map::is_empty);
            if empty_table && self.known.iter().any(|known| known.starts_with(&prefix)) {
                continue;
            }
            let mend = match nearest(&key, &self.known) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "remove it; `guardhouse config reference` lists all settings".to_owned(),
            };
            self.problems.push(Problem::new(key, "no such setting", mend).at(Some(origin)));
        }
    }
}

fn mistake<T: DeserializeOwned>(key: &str, kind: &str, error: &serde_json::Error) -> Problem {
    let expected = kinds::describe::<T>(kind);
    // A secret's value must not stand in the message, and serde's would quote it.
    let what = if kinds::is_secret(kind) { format!("expected {expected}") } else { error.to_string() };
    let mend = format!("write {expected}, in the file or as {}", super::source::environment_name(key));
    Problem::new(key, what, mend)
}

fn nearest<'a>(key: &str, known: &'a BTreeSet<String>) -> Option<&'a String> {
    known
        .iter()
        .map(|known| (distance(key, known), known))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, known)| known)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// A key's documentation, from its field.
pub fn describe<'a, T: Serialize + DeserializeOwned + 'a>(
    section: &str,
    field: &str,
    kind: &str,
    about: &str,
    defaults: impl Iterator<Item = (Profile, &'a T)>,
) -> SettingDoc {
    let mut by_profile: Vec<(Profile, String)> = Vec::new();
    for (profile, value) in defaults {
        let text = kinds::as_toml(&serde_json::to_value(value).unwrap_or_default());
        if by_profile.last().is_none_or(|(_, before)| *before != text) {
            by_profile.push((profile, text));
        }
    }
    let about = about.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    SettingDoc { key: key(section, field), kind: kinds::describe::<T>(kind), defaults: by_profile, about }
}

/// A key and its value, secrets masked.
pub fn show<T: Serialize>(section: &str, field: &str, value: &T) -> (String, Value) {
    (key(section, field), serde_json::to_value(value).unwrap_or_default())
}

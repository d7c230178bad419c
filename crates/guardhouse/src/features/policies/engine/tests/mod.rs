//! The engine alone.

mod limits;
mod plain;
mod slices;
mod verdicts;

use std::sync::Arc;

use guardhouse_core::ids::PolicyId;
use serde_json::{Map, Value, json};

use super::{Act, Active, Party, Question, Schema, Set, Unusable, on_a_deep_stack, schema};

/// A set of one policy for each source.
pub(super) fn set(sources: &[&str]) -> Set {
    made(sources, None).unwrap_or_else(|error| panic!("{error:?}"))
}

pub(super) fn made(sources: &[&str], schema: Option<&Schema>) -> Result<Set, Unusable> {
    let active = |(index, source): (usize, &&str)| Active {
        id: PolicyId::from_bytes([u8::try_from(index % 251).unwrap(); 16]),
        name: Arc::from(format!("p{index}")),
        version: 1,
        source: Arc::from(*source),
    };
    let policies: Vec<Active> = sources.iter().enumerate().map(active).collect();
    on_a_deep_stack(|| Set::of(&policies, schema)).unwrap()
}

pub(super) fn understood(source: &str) -> Schema {
    on_a_deep_stack(|| schema(source)).unwrap().unwrap()
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("an object") };
    object
}

/// `kind:id` with properties.
pub(super) fn party(text: &str, properties: Value) -> Party {
    let (kind, id) = text.split_once(':').unwrap();
    Party { kind: kind.to_owned(), id: id.to_owned(), properties: object(properties), stored: None }
}

pub(super) fn question(subject: &str, action: &str, resource: &str) -> Question {
    Question {
        subject: party(subject, json!({})),
        action: Act { name: action.to_owned(), properties: Map::new() },
        resource: party(resource, json!({})),
        context: Map::new(),
    }
}

/// Whether the set permits the question.
pub(super) fn permits(set: &Set, question: &Question) -> bool {
    set.decide(question).unwrap().is_permitted()
}

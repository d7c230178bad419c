//! Names of entity types. Cedar's parser takes several microseconds for one, and nearly all questions name the same few.

use cedar_policy::{EntityId, EntityTypeName, EntityUid};
use quick_cache::sync::Cache;

use super::{limits, question::Unaskable};

/// How many are kept parsed: callers choose the names, so not all.
const KEPT: usize = 128;

/// Words that are no part of the name of a type.
const RESERVED: [&str; 11] = ["true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar", "Action"];

/// Names that were parsed before.
pub(super) struct Types(Cache<String, EntityTypeName>);

impl Default for Types {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

impl Types {
    /// The entity type of a text, where it is one.
    pub fn of(&self, text: &str) -> Result<EntityTypeName, Unaskable> {
        // Actions are no subjects and no resources.
        self.parsed(text).filter(|name| name.basename() != "Action").ok_or_else(|| {
            Unaskable("A type is a Cedar identifier: letters, digits and _, parts of it joined by `::`.".into())
        })
    }

    /// An entity of that type.
    pub fn uid(&self, kind: &str, id: &str) -> Result<EntityUid, Unaskable> {
        Ok(EntityUid::from_type_name_and_id(self.of(kind)?, EntityId::new(id)))
    }

    /// `Action::"name"`.
    pub fn action(&self, name: &str) -> Result<EntityUid, Unaskable> {
        let kind = self.parsed("Action").ok_or_else(|| Unaskable("There are no actions.".into()))?;
        Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(name)))
    }

    fn parsed(&self, text: &str) -> Option<EntityTypeName> {
        if let Some(known) = self.0.get(text) {
            return Some(known);
        }
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':';
        let plain = !text.is_empty() && text.len() <= limits::MAX_TYPE && text.bytes().all(letter);
        let name: EntityTypeName = if plain { text.parse().ok()? } else { return None };
        self.0.insert(text.to_owned(), name.clone());
        Some(name)
    }
}

/// Whether [`Types::of`] surely takes the text, told without Cedar.
pub(super) fn is_plain(text: &str) -> bool {
    let plain = |part: &str| {
        let starts = part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        starts && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !RESERVED.contains(&part)
    };
    text.len() <= limits::MAX_TYPE && text.split("::").all(plain)
}

//! A question: may this subject do this to that resource?

use std::collections::HashMap;

use cedar_policy::{Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression};
use serde_json::{Map, Value};

use super::{limits, values};

/// What the server itself knows of an entity. It wins over what was sent under the same name.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// Attributes by name.
    pub attributes: Map<String, Value>,
    /// What the entity is `in`: type and id.
    pub parents: Vec<(String, String)>,
}

/// A subject or a resource.
#[derive(Clone, Debug, Default)]
pub struct Party {
    /// Its type, a Cedar entity type such as `user` or `app::record`.
    pub kind: String,
    /// Its id within the type.
    pub id: String,
    /// Attributes that were sent with the question.
    pub properties: Map<String, Value>,
    /// What the server knows of it.
    pub stored: Option<Stored>,
}

/// What is to be done.
#[derive(Clone, Debug, Default)]
pub struct Act {
    /// The name: `Action::"name"` for policies.
    pub name: String,
    /// What else is said of it: `context.action` for policies.
    pub properties: Map<String, Value>,
}

/// The question, with what is said around it.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Who.
    pub subject: Party,
    /// What.
    pub action: Act,
    /// To what.
    pub resource: Party,
    /// Under which circumstances.
    pub context: Map<String, Value>,
}

/// Why no policy can be asked: it is told to the caller, and nothing is permitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unaskable(pub String);

/// A question in Cedar's terms.
pub(super) struct Asked {
    pub request: Request,
    pub entities: Entities,
}

/// The entity type of a text, where it is one.
pub(super) fn entity_type(text: &str) -> Result<EntityTypeName, Unaskable> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':';
    let plain = !text.is_empty() && text.len() <= limits::MAX_TYPE && text.bytes().all(letter);
    let name: Option<EntityTypeName> = if plain { text.parse().ok() } else { None };
    // Actions are no subjects and no resources.
    let name = name.filter(|name| name.basename() != "Action");
    name.ok_or_else(|| {
        Unaskable("A type is a Cedar identifier: letters, digits and _, parts of it joined by `::`.".into())
    })
}

/// Words that are no part of the name of a type.
const RESERVED: [&str; 11] = ["true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar", "Action"];

/// Whether [`entity_type`] surely takes the text, told without Cedar.
fn is_plain_type(text: &str) -> bool {
    let plain = |part: &str| {
        let starts = part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        starts && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !RESERVED.contains(&part)
    };
    text.len() <= limits::MAX_TYPE && text.split("::").all(plain)
}

pub(super) fn uid(kind: EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

/// `Action::"name"`.
pub(super) fn action(name: &str) -> Result<EntityUid, Unaskable> {
    let kind = "Action".parse().map_err(|_| Unaskable("There are no actions.".into()))?;
    Ok(uid(kind, name))
}

impl Party {
    fn uid(&self) -> Result<EntityUid, Unaskable> {
        Ok(uid(entity_type(&self.kind)?, &self.id))
    }

    /// Adds what is known of it to an entity's attributes: what is there already stays, but what is stored wins.
    fn describe(&self, entity: &mut Described) -> Result<(), Unaskable> {
        for (name, value) in &self.properties {
            if !entity.attributes.contains_key(name)
                && let Some(value) = values::expression(value).map_err(Unaskable)?
            {
                entity.attributes.insert(name.clone(), value);
            }
        }
        let Some(stored) = &self.stored else { return Ok(()) };
        for (name, value) in &stored.attributes {
            // What is stored as nothing is nothing, whatever was sent.
            match values::expression(value).map_err(Unaskable)? {
                Some(value) => entity.attributes.insert(name.clone(), value),
                None => entity.attributes.remove(name),
            };
        }
        for (kind, id) in &stored.parents {
            entity.parents.push(uid(entity_type(kind)?, id));
        }
        Ok(())
    }
}

#[derive(Default)]
struct Described {
    attributes: HashMap<String, RestrictedExpression>,
    parents: Vec<EntityUid>,
}

impl Described {
    fn entity(self, uid: EntityUid) -> Result<Entity, Unaskable> {
        Entity::new(uid, self.attributes, self.parents.into_iter().collect())
            .map_err(|error| Unaskable(format!("A property cannot be read: {error}")))
    }
}

impl Question {
    /// Whether it surely has a form in Cedar, told without Cedar. What the server knows of its own accounts always has.
    pub(super) fn is_plain(&self) -> bool {
        let parties = [&self.subject, &self.resource];
        let said = [&self.subject.properties, &self.resource.properties, &self.action.properties, &self.context];
        parties.iter().all(|party| is_plain_type(&party.kind)) && said.into_iter().all(values::are_plain)
    }

    /// In Cedar's terms; `groups` are the action groups that the action is in.
    pub(super) fn asked(&self, groups: &[EntityUid]) -> Result<Asked, Unaskable> {
        let (subject, action, resource) = (self.subject.uid()?, action(&self.action.name)?, self.resource.uid()?);
        let mut entities = vec![Entity::new_no_attrs(action.clone(), groups.iter().cloned().collect())];
        let mut first = Described::default();
        self.subject.describe(&mut first)?;
        if subject == resource {
            self.resource.describe(&mut first)?;
        } else {
            let mut second = Described::default();
            self.resource.describe(&mut second)?;
            entities.push(second.entity(resource.clone())?);
        }
        entities.push(first.entity(subject.clone())?);
        let unusable = |error: &dyn std::error::Error| Unaskable(format!("The question cannot be put: {error}"));
        let request = Request::new(subject, action, resource, self.circumstances()?, None);
        Ok(Asked {
            request: request.map_err(|error| unusable(&error))?,
            entities: Entities::from_entities(entities, None).map_err(|error| unusable(&error))?,
        })
    }

    fn circumstances(&self) -> Result<Context, Unaskable> {
        let mut pairs = Vec::new();
        let own = (!self.action.properties.is_empty()).then(|| Value::Object(self.action.properties.clone()));
        for (name, value) in &self.context {
            if own.is_none() || name != "action" {
                pairs.push((name.clone(), values::expression(value).map_err(Unaskable)?));
            }
        }
        if let Some(own) = own {
            pairs.push(("action".to_owned(), values::expression(&own).map_err(Unaskable)?));
        }
        let present = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Context::from_pairs(present).map_err(|error| Unaskable(format!("The context cannot be read: {error}")))
    }
}

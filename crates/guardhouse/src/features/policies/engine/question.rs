//! A question: may this subject do this to that resource?

use std::sync::Arc;

use cedar_policy::{Context, Entities, Entity, EntityUid, Request};
use serde_json::{Map, Value};

use super::{
    described::{Described, Stored, together},
    types::{self, Types},
    values,
};

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
    pub stored: Option<Arc<Stored>>,
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

impl Party {
    fn uid(&self, types: &Types) -> Result<EntityUid, Unaskable> {
        types.uid(&self.kind, &self.id)
    }

    /// Adds what is known of it to an entity's attributes: what is there already stays, but what is stored wins.
    pub(super) fn describe(&self, types: &Types, entity: &mut Described) -> Result<(), Unaskable> {
        for (name, value) in &self.properties {
            if !entity.attributes.contains_key(name)
                && let Some(value) = values::expression(types, value).map_err(Unaskable)?
            {
                entity.attributes.insert(name.clone(), value);
            }
        }
        self.stored.as_ref().map_or(Ok(()), |stored| stored.describe(types, entity))
    }
}

impl Question {
    /// Whether it surely has a form in Cedar, told without Cedar. What the server knows of its own accounts always has.
    pub(super) fn is_plain(&self) -> bool {
        let parties = [&self.subject, &self.resource];
        let said = [&self.subject.properties, &self.resource.properties, &self.action.properties, &self.context];
        parties.iter().all(|party| types::is_plain(&party.kind)) && said.into_iter().all(values::are_plain)
    }

    /// In Cedar's terms; `groups` are the action groups that the action is in.
    pub(super) fn asked(&self, types: &Types, groups: &[EntityUid]) -> Result<Asked, Unaskable> {
        let (subject, resource) = (self.subject.uid(types)?, self.resource.uid(types)?);
        let action = types.action(&self.action.name)?;
        let mut entities = Vec::with_capacity(3);
        if !groups.is_empty() {
            entities.push(Entity::new_no_attrs(action.clone(), groups.iter().cloned().collect()));
        }
        let entities = self.entities(types, &subject, &resource, entities)?;
        let unusable = |error: &dyn std::error::Error| Unaskable(format!("The question cannot be put: {error}"));
        let request = Request::new(subject, action, resource, self.circumstances(types)?, None);
        Ok(Asked { request: request.map_err(|error| unusable(&error))?, entities })
    }

    /// Subject and resource, which may be one, beside `others`.
    fn entities(
        &self,
        types: &Types,
        subject: &EntityUid,
        resource: &EntityUid,
        others: Vec<Entity>,
    ) -> Result<Entities, Unaskable> {
        let mut entities = others;
        if subject == resource {
            let both = Described::of(types, &[&self.subject, &self.resource])?;
            entities.push(both.entity(subject.clone())?);
            return together(Entities::empty(), entities);
        }
        entities.push(Described::of(types, &[&self.resource])?.entity(resource.clone())?);
        // Most subjects are an account with nothing said of it beside, whose entity is made once.
        if let Some(stored) = self.subject.stored.as_ref().filter(|_| self.subject.properties.is_empty()) {
            return together(stored.entities(types, subject)?, entities);
        }
        entities.push(Described::of(types, &[&self.subject])?.entity(subject.clone())?);
        together(Entities::empty(), entities)
    }

    fn circumstances(&self, types: &Types) -> Result<Context, Unaskable> {
        if self.context.is_empty() && self.action.properties.is_empty() {
            return Ok(Context::empty());
        }
        let mut pairs = Vec::new();
        let own = (!self.action.properties.is_empty()).then(|| Value::Object(self.action.properties.clone()));
        for (name, value) in &self.context {
            if own.is_none() || name != "action" {
                pairs.push((name.clone(), values::expression(types, value).map_err(Unaskable)?));
            }
        }
        if let Some(own) = own {
            pairs.push(("action".to_owned(), values::expression(types, &own).map_err(Unaskable)?));
        }
        let present = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Context::from_pairs(present).map_err(|error| Unaskable(format!("The context cannot be read: {error}")))
    }
}

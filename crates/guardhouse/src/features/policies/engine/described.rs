//! Subjects and resources as Cedar's entities.

use std::{collections::HashMap, sync::OnceLock};

use cedar_policy::{Entities, Entity, EntityUid, RestrictedExpression};
use serde_json::{Map, Value};

use super::{
    question::{Party, Unaskable},
    types::Types,
    values,
};

/// What the server itself knows of an entity. It wins over what was sent under the same name.
#[derive(Debug, Default)]
pub struct Stored {
    attributes: Map<String, Value>,
    parents: Vec<(String, String)>,
    /// The entity of these alone: putting one together takes longer than asking a policy.
    made: OnceLock<(EntityUid, Entities)>,
}

impl Stored {
    /// Attributes by name, and what the entity is `in`: type and id.
    pub fn new(attributes: Map<String, Value>, parents: Vec<(String, String)>) -> Self {
        Self { attributes, parents, made: OnceLock::new() }
    }

    pub(super) fn describe(&self, types: &Types, entity: &mut Described) -> Result<(), Unaskable> {
        for (name, value) in &self.attributes {
            // What is stored as nothing is nothing, whatever was sent.
            match values::expression(types, value).map_err(Unaskable)? {
                Some(value) => entity.attributes.insert(name.clone(), value),
                None => entity.attributes.remove(name),
            };
        }
        for (kind, id) in &self.parents {
            entity.parents.push(types.uid(kind, id)?);
        }
        Ok(())
    }

    /// The entity that has this and nothing else.
    pub(super) fn entities(&self, types: &Types, uid: &EntityUid) -> Result<Entities, Unaskable> {
        if let Some((made, entities)) = self.made.get()
            && made == uid
        {
            return Ok(entities.clone());
        }
        let mut described = Described::default();
        self.describe(types, &mut described)?;
        let entities = together(Entities::empty(), vec![described.entity(uid.clone())?])?;
        // Whoever made it first keeps theirs, which is the same.
        let _ = self.made.set((uid.clone(), entities.clone()));
        Ok(entities)
    }
}

/// Attributes and parents that are gathered.
#[derive(Default)]
pub(super) struct Described {
    pub attributes: HashMap<String, RestrictedExpression>,
    pub parents: Vec<EntityUid>,
}

impl Described {
    /// Of all that is said of one entity.
    pub fn of(types: &Types, parties: &[&Party]) -> Result<Self, Unaskable> {
        let mut described = Self::default();
        parties.iter().try_for_each(|party| party.describe(types, &mut described))?;
        Ok(described)
    }

    pub fn entity(self, uid: EntityUid) -> Result<Entity, Unaskable> {
        if self.attributes.is_empty() {
            return Ok(Entity::new_no_attrs(uid, self.parents.into_iter().collect()));
        }
        Entity::new(uid, self.attributes, self.parents.into_iter().collect())
            .map_err(|error| Unaskable(format!("A property cannot be read: {error}")))
    }
}

/// Adds entities to those that are there.
pub(super) fn together(present: Entities, more: Vec<Entity>) -> Result<Entities, Unaskable> {
    present.add_entities(more, None).map_err(|error| Unaskable(format!("The question cannot be put: {error}")))
}

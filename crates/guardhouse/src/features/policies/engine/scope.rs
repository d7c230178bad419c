//! Which questions a statement can concern, read from its scope.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{ActionConstraint, EntityUid, Policy, ResourceConstraint, Schema};

/// Names that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Any.
    Any,
    /// These alone.
    Only(BTreeSet<String>),
}

impl Scope {
    /// Whether a question about the name can concern the statement. `None` stands for every name that no scope mentions.
    pub fn takes(&self, name: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::Only(names) => name.is_some_and(|name| names.contains(name)),
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &String> {
        let names = if let Self::Only(names) = self { Some(names) } else { None };
        names.into_iter().flatten()
    }
}

/// The schema's action groups: for each action of type `Action`, all groups it is in.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups(BTreeMap<String, Vec<EntityUid>>);

/// The name of an entity `Action::"name"`; those of other namespaces are asked for by nobody here.
fn name(uid: &EntityUid) -> Option<String> {
    (uid.type_name().to_string() == "Action").then(|| uid.id().unescaped().to_owned())
}

impl Groups {
    /// Reads them from the schema.
    pub fn of(schema: Option<&Schema>) -> Self {
        let Some(schema) = schema else { return Self::default() };
        let Ok(entities) = schema.action_entities() else { return Self::default() };
        let groups = |uid: &EntityUid| entities.ancestors(uid).map(|all| all.cloned().collect()).unwrap_or_default();
        Self(schema.actions().filter_map(|uid| Some((name(uid)?, groups(uid)))).collect())
    }

    /// The groups that an action is in.
    pub fn around(&self, action: &str) -> &[EntityUid] {
        self.0.get(action).map_or(&[], Vec::as_slice)
    }

    /// Every action that the schema names.
    pub fn actions(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// What `action in …` takes: those named, and all in a group that is named.
    fn within(&self, named: &[EntityUid]) -> BTreeSet<String> {
        let inside = self.0.iter().filter(|(_, groups)| groups.iter().any(|group| named.contains(group)));
        named.iter().filter_map(name).chain(inside.map(|(action, _)| action.clone())).collect()
    }
}

/// Actions that the statement is about.
pub(super) fn actions(policy: &Policy, groups: &Groups) -> Scope {
    match policy.action_constraint() {
        ActionConstraint::Any => Scope::Any,
        ActionConstraint::Eq(uid) => Scope::Only(name(&uid).into_iter().collect()),
        ActionConstraint::In(uids) => Scope::Only(groups.within(&uids)),
    }
}

/// Types of resources that the statement is about. What is `in` an entity may be of any type.
pub(super) fn types(policy: &Policy) -> Scope {
    let only = |kind: String| Scope::Only([kind].into());
    match policy.resource_constraint() {
        ResourceConstraint::Any | ResourceConstraint::In(_) => Scope::Any,
        ResourceConstraint::Eq(uid) => only(uid.type_name().to_string()),
        ResourceConstraint::Is(kind) | ResourceConstraint::IsIn(kind, _) => only(kind.to_string()),
    }
}

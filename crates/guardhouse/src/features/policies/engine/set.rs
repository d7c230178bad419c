//! All policies in effect, ready to be asked.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, OnceLock},
};

use cedar_policy::{AuthorizationError, Authorizer, Decision, Effect, Policy, PolicyId as CedarId, PolicySet, Schema};
use guardhouse_core::ids::PolicyId;
use quick_cache::{Weighter, sync::Cache};

use super::{
    depth,
    fault::Fault,
    limits::{COMMON_DEPTH, EVALUATOR_STACK, MAX_STATEMENTS, SLICED_STATEMENTS},
    parse,
    question::{Asked, Question, Unaskable},
    scope::{self, Groups, Scope},
    types::Types,
    verdict::{Cause, Failed, Verdict},
};

/// A policy to be put into a set.
#[derive(Clone, Debug)]
pub struct Active {
    /// Its id.
    pub id: PolicyId,
    /// Its name.
    pub name: Arc<str>,
    /// The version in effect.
    pub version: i64,
    /// The source of that version.
    pub source: Arc<str>,
}

/// Why there is no such set: a policy by its name, and all that is wrong with it.
#[derive(Clone, Debug)]
pub struct Unusable {
    /// The policy; empty where it is the set or the schema as a whole.
    pub policy: Arc<str>,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

struct Statement {
    policy: Policy,
    cause: Cause,
    actions: Scope,
    types: Scope,
    /// How deeply its source nests.
    depth: usize,
}

/// Statements that can concern a question, ready to be asked.
struct Slice {
    policies: PolicySet,
    /// Whether evaluating them may take more than a common stack.
    deep: bool,
}

/// The action and the type of resource, by the numbers they have in the set; nothing for those that no scope mentions.
type Key = (Option<u32>, Option<u32>);

/// See the module. Immutable: a change makes another set.
pub struct Set {
    statements: Vec<Statement>,
    places: HashMap<CedarId, usize>,
    groups: Groups,
    actions: BTreeMap<String, u32>,
    types: BTreeMap<String, u32>,
    entities: BTreeMap<String, BTreeSet<String>>,
    parsed: Types,
    slices: Cache<Key, Arc<Slice>, ByStatements>,
    /// Made where policies are asked first: it brings in all of Cedar's extension functions.
    authorizer: OnceLock<Authorizer>,
}

#[derive(Clone)]
struct ByStatements;

impl Weighter<Key, Arc<Slice>> for ByStatements {
    fn weight(&self, _: &Key, slice: &Arc<Slice>) -> u64 {
        slice.policies.num_of_policies() as u64 + 1
    }
}

impl Set {
    /// Puts policies together. To be called [`parse::on_a_deep_stack`].
    ///
    /// # Errors
    /// The first policy that does not parse, or more than [`MAX_STATEMENTS`] statements in all.
    pub fn of(policies: &[Active], schema: Option<&Schema>) -> Result<Self, Unusable> {
        let groups = Groups::of(schema);
        let mut statements = Vec::new();
        for active in policies {
            let unusable = |faults| Unusable { policy: Arc::clone(&active.name), faults };
            let parsed = parse::statements(&active.source).map_err(unusable)?;
            if statements.len() + parsed.len() > MAX_STATEMENTS {
                let told = format!("all policies together may have at most {MAX_STATEMENTS} statements");
                return Err(unusable(vec![Fault::at("", 0, told)]));
            }
            let depth = depth::measure(&active.source).unwrap_or(usize::MAX);
            let numbered = parsed.iter().zip(1..);
            statements.extend(numbered.map(|(policy, number)| Statement::of(policy, active, number, depth, &groups)));
        }
        Ok(Self::put_together(statements, groups))
    }

    /// The set of no policies, made without the parser.
    pub fn none() -> Self {
        Self::put_together(Vec::new(), Groups::default())
    }

    fn put_together(statements: Vec<Statement>, groups: Groups) -> Self {
        let names = |scope: fn(&Statement) -> &Scope| {
            let all: BTreeSet<String> = statements.iter().flat_map(|one| scope(one).names().cloned()).collect();
            all.into_iter().zip(0..).collect::<BTreeMap<_, _>>()
        };
        let mut entities: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for uid in statements.iter().flat_map(|statement| statement.policy.entity_literals()) {
            entities.entry(uid.type_name().to_string()).or_default().insert(uid.id().unescaped().to_owned());
        }
        Self {
            places: statements.iter().enumerate().map(|(at, one)| (one.policy.id().clone(), at)).collect(),
            actions: names(|statement| &statement.actions),
            types: names(|statement| &statement.types),
            statements,
            groups,
            entities,
            parsed: Types::default(),
            slices: Cache::with_weighter(256, SLICED_STATEMENTS, ByStatements),
            authorizer: OnceLock::new(),
        }
    }

    /// How many statements there are.
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Every action that a policy or the schema names, sorted.
    pub fn actions(&self) -> BTreeSet<&str> {
        let named = self.actions.keys().chain(self.groups.actions()).map(String::as_str);
        named.chain(self.entities("Action")).collect()
    }

    /// Ids of the entities of a type that policies name, sorted.
    pub fn entities(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.entities.get(kind).into_iter().flatten().map(String::as_str)
    }

    /// Whether the policies surely say nothing to a question: none can concern it, and it has a form in Cedar. Told without
    /// Cedar, and so much sooner than by [`Set::decide`].
    pub fn is_silent(&self, question: &Question) -> bool {
        let concerns = || !self.slice(&question.action.name, &question.resource.kind).policies.is_empty();
        question.is_plain() && (self.is_empty() || !concerns())
    }

    /// What the policies say to a question. Only those that can concern it are looked at.
    ///
    /// # Errors
    /// [`Unaskable`] where the question has no form in Cedar; nothing is permitted then.
    pub fn decide(&self, question: &Question) -> Result<Verdict, Unaskable> {
        let slice = self.slice(&question.action.name, &question.resource.kind);
        self.ask(question, &slice)
    }

    fn ask(&self, question: &Question, slice: &Slice) -> Result<Verdict, Unaskable> {
        let Asked { request, entities } = question.asked(&self.parsed, self.groups.around(&question.action.name))?;
        let authorizer = self.authorizer.get_or_init(Authorizer::new);
        let evaluated = || authorizer.is_authorized(&request, &slice.policies, &entities);
        let response =
            if slice.deep { stacker::maybe_grow(EVALUATOR_STACK, EVALUATOR_STACK, evaluated) } else { evaluated() };
        let causes = response.diagnostics().reason().filter_map(|id| self.cause(id)).cloned().collect();
        let failed = response.diagnostics().errors().filter_map(|error| self.failed(error)).collect();
        Ok(match response.decision() {
            Decision::Allow => Verdict { permits: causes, forbids: vec![], failed },
            Decision::Deny => Verdict { permits: vec![], forbids: causes, failed },
        })
    }

    fn cause(&self, id: &CedarId) -> Option<&Cause> {
        self.places.get(id).map(|place| &self.statements[*place].cause)
    }

    fn failed(&self, error: &AuthorizationError) -> Option<Failed> {
        let AuthorizationError::PolicyEvaluationError(error) = error;
        let cause = self.cause(error.policy_id())?.clone();
        Some(Failed { cause, message: error.inner().to_string() })
    }

    /// The statements that can concern an action on a type of resource.
    fn slice(&self, action: &str, kind: &str) -> Arc<Slice> {
        let key = (self.actions.get(action).copied(), self.types.get(kind).copied());
        if let Some(slice) = self.slices.get(&key) {
            return slice;
        }
        let (action, kind) = (key.0.map(|_| action), key.1.map(|_| kind));
        let concerned = self.statements.iter().filter(|one| one.actions.takes(action) && one.types.takes(kind));
        let slice = Arc::new(gathered(concerned));
        self.slices.insert(key, Arc::clone(&slice));
        slice
    }

    /// The same as [`Set::decide`] by all statements, for tests of the slices.
    #[cfg(test)]
    pub(super) fn decide_by_all(&self, question: &Question) -> Result<Verdict, Unaskable> {
        self.ask(question, &gathered(self.statements.iter()))
    }

    /// Whether Cedar was ever asked.
    #[cfg(test)]
    pub(crate) fn was_asked(&self) -> bool {
        self.authorizer.get().is_some()
    }

    /// How many statements a question is put to.
    #[cfg(test)]
    pub(super) fn concerned(&self, action: &str, kind: &str) -> usize {
        self.slice(action, kind).policies.num_of_policies()
    }
}

fn gathered<'a>(statements: impl Iterator<Item = &'a Statement>) -> Slice {
    let mut slice = Slice { policies: PolicySet::new(), deep: false };
    for statement in statements {
        // Their ids differ: each is made of the policy's id and the statement's number.
        let _ = slice.policies.add(statement.policy.clone());
        slice.deep |= statement.depth > COMMON_DEPTH;
    }
    slice
}

impl Statement {
    fn of(policy: &Policy, active: &Active, number: usize, depth: usize, groups: &Groups) -> Self {
        let forbids = policy.effect() == Effect::Forbid;
        Self {
            actions: scope::actions(policy, groups),
            types: scope::types(policy),
            depth,
            policy: policy.new_id(CedarId::new(format!("{}#{number}", active.id))),
            cause: Cause {
                policy: active.id,
                name: Arc::clone(&active.name),
                version: active.version,
                statement: number,
                forbids,
            },
        }
    }
}

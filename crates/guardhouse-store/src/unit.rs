//! The only transaction: a list of statements that happens whole or not at all.

use std::ops::Deref;

use crate::{Row, Statement, Value};

/// Statements to run as one. Nothing can wait on the outside world in the middle of it, because
/// there is no middle: the list is handed over whole.
#[derive(Debug, Default)]
#[must_use = "a unit does nothing until `Db::run`"]
pub struct Unit {
    pub(crate) steps: Vec<Step>,
    pub(crate) notify: bool,
    pub(crate) owner: Option<Owner>,
}

/// Whose rows statements may touch, where tables are divided among owners.
pub type Owner = [u8; 16];

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) statement: Statement,
    pub(crate) params: Vec<Value>,
    pub(crate) required: bool,
}

impl Unit {
    /// An empty unit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a statement that may touch any number of rows.
    pub fn step(self, statement: &Statement, params: Vec<Value>) -> Self {
        self.push(statement, params, false)
    }

    /// Adds a statement that must touch or return at least one row; if it does not, nothing of
    /// the unit is kept and the outcome is [`Outcome::Refused`].
    pub fn require(self, statement: &Statement, params: Vec<Value>) -> Self {
        self.push(statement, params, true)
    }

    /// Adds the steps of another unit.
    pub fn then(mut self, other: Self) -> Self {
        self.steps.extend(other.steps);
        self.notify |= other.notify;
        self.owner = self.owner.or(other.owner);
        self
    }

    /// Wakes the readers of the change log, here and on other nodes, once the unit is durable.
    pub fn notify(mut self) -> Self {
        self.notify = true;
        self
    }

    /// On PostgreSQL, policies of the tables hide what is not this owner's from all steps, and refuse to write it, whatever
    /// the statements say (row-level security). Nothing on SQLite.
    pub fn within(mut self, owner: Owner) -> Self {
        self.owner = Some(owner);
        self
    }

    /// The number of steps so far, which is the index of the next one in [`Steps`].
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether no step was added.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    fn push(mut self, statement: &Statement, params: Vec<Value>, required: bool) -> Self {
        self.steps.push(Step { statement: *statement, params, required });
        self
    }
}

/// How a unit ended.
#[derive(Clone, Debug)]
#[must_use = "a refused unit changed nothing"]
pub enum Outcome {
    /// Durable.
    Done(Steps),
    /// A required step touched nothing; the whole unit was rolled back.
    Refused {
        /// The index of that step.
        step: usize,
    },
}

impl Outcome {
    /// Whether the unit is durable.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// What the steps answered, or nothing when the unit was refused.
    pub fn done(self) -> Option<Steps> {
        match self {
            Self::Done(steps) => Some(steps),
            Self::Refused { .. } => None,
        }
    }
}

/// What each step answered: indexes and iterates as the rows of each step.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    rows: Vec<Vec<Row>>,
    affected: Vec<u64>,
}

impl Steps {
    pub(crate) fn push(&mut self, rows: Vec<Row>, affected: u64) {
        self.rows.push(rows);
        self.affected.push(affected);
    }

    /// How many rows a step touched or returned; 0 for a step that is not there.
    pub fn affected(&self, step: usize) -> u64 {
        self.affected.get(step).copied().unwrap_or_default()
    }

    /// The first row of a step.
    pub fn first(&self, step: usize) -> Option<&Row> {
        self.rows.get(step)?.first()
    }

    pub(crate) fn into_first(self) -> Option<Row> {
        self.rows.into_iter().flatten().next()
    }
}

impl Deref for Steps {
    type Target = [Vec<Row>];

    fn deref(&self) -> &Self::Target {
        &self.rows
    }
}

impl IntoIterator for Steps {
    type Item = Vec<Row>;
    type IntoIter = std::vec::IntoIter<Vec<Row>>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

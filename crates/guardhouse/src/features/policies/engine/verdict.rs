//! What the policies say.

use std::sync::Arc;

use guardhouse_core::ids::PolicyId;

/// A statement that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The policy it is part of.
    pub policy: PolicyId,
    /// The policy's name.
    pub name: Arc<str>,
    /// The policy's version.
    pub version: i64,
    /// Which of the policy's statements, from 1 on.
    pub statement: usize,
    /// Whether it forbids; else it permits.
    pub forbids: bool,
}

/// A statement that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The statement.
    pub cause: Cause,
    /// Cedar's words for what went wrong.
    pub message: String,
}

/// What the policies say to one question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What permits, where nothing forbids.
    pub permits: Vec<Cause>,
    /// What forbids.
    pub forbids: Vec<Cause>,
    /// What could not be evaluated.
    pub failed: Vec<Failed>,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let effect = if self.forbids { "forbid" } else { "permit" };
        write!(f, "policy {} version {}, statement {} ({effect})", self.name, self.version, self.statement)
    }
}

impl Verdict {
    /// What decided, in words.
    pub fn told(&self) -> Vec<String> {
        let decided = self.permits.iter().chain(&self.forbids).map(ToString::to_string);
        decided.chain(self.failed.iter().map(|failed| format!("{}: {}", failed.cause, failed.message))).collect()
    }

    /// Whether anything forbids. A statement that would forbid and cannot be evaluated does: it may concern this very
    /// question, so the answer fails closed.
    pub fn is_forbidden(&self) -> bool {
        !self.forbids.is_empty() || self.failed.iter().any(|failed| failed.cause.forbids)
    }

    /// Whether a policy permits and none forbids.
    pub fn is_permitted(&self) -> bool {
        !self.permits.is_empty() && !self.is_forbidden()
    }
}

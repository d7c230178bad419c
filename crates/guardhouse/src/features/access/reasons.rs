//! What decided, for whoever operates the services that ask. Never for those whom a decision is about: it names policies.

use serde::Serialize;
use utoipa::ToSchema;

use crate::features::policies::{Cause, Failed, Unaskable, Verdict};

/// What a reason is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A role of the subject.
    Role,
    /// A resource policy.
    Policy,
    /// The subject's account: disabled, or not there.
    Account,
    /// The scopes of a key.
    Scope,
    /// The question has no form that policies understand, or an entry of a batch is incomplete.
    Question,
    /// Nothing permits it.
    Nothing,
}

/// One thing that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// `permit` or `forbid`.
    #[schema(example = "forbid")]
    pub effect: &'static str,
    /// The policy's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pol_01h455vb4pex5vsknk084sn02q")]
    pub id: Option<String>,
    /// The name of the policy or role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "archive")]
    pub name: Option<String>,
    /// The policy's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Which of the policy's statements, from 1 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    /// The same in words.
    pub message: String,
}

const PERMIT: &str = "permit";
const FORBID: &str = "forbid";

impl Reason {
    fn new(kind: Kind, effect: &'static str, message: impl Into<String>) -> Self {
        Self { kind, effect, id: None, name: None, version: None, statement: None, message: message.into() }
    }

    pub(super) fn nothing() -> Self {
        Self::new(Kind::Nothing, FORBID, "No role and no policy permits this.")
    }

    pub(super) fn account(refusal: &str) -> Self {
        Self::new(Kind::Account, FORBID, refusal)
    }

    pub(super) fn scope() -> Self {
        Self::new(Kind::Scope, FORBID, "The key's scopes do not name this.")
    }

    pub(super) fn unaskable(why: &Unaskable) -> Self {
        Self::new(Kind::Question, FORBID, why.0.clone())
    }

    pub(super) fn incomplete(why: &str) -> Self {
        Self::new(Kind::Question, FORBID, why)
    }

    pub(super) fn role(role: &str) -> Self {
        Self { name: Some(role.to_owned()), ..Self::new(Kind::Role, PERMIT, format!("role {role}")) }
    }

    pub(super) fn policy(cause: &Cause) -> Self {
        let effect = if cause.forbids { FORBID } else { PERMIT };
        Self {
            id: Some(cause.policy.to_string()),
            name: Some(cause.name.to_string()),
            version: Some(cause.version),
            statement: Some(cause.statement),
            ..Self::new(Kind::Policy, effect, cause.to_string())
        }
    }

    /// A statement that could not be evaluated; a decision it takes part in is a denial.
    pub(super) fn failed(failed: &Failed) -> Self {
        let message = format!("{} cannot be evaluated: {}", failed.cause, failed.message);
        Self { message, ..Self::policy(&failed.cause) }
    }

    pub(super) fn forbidding(verdict: &Verdict) -> Vec<Self> {
        let failed = verdict.failed.iter().filter(|failed| failed.cause.forbids);
        verdict.forbids.iter().map(Self::policy).chain(failed.map(Self::failed)).collect()
    }
}

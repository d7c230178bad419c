//! Answers of the decision API (AuthZEN Authorization API 1.0, sections 6.2 and 7.2).

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{deciding::Decision, reasons::Reason};

/// What was wrong with an entry of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntryError {
    /// The status that the entry alone would have got.
    #[schema(example = 400)]
    pub status: u16,
    /// What was wrong.
    pub message: String,
}

/// What is said beside a decision.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionContext {
    /// What decided.
    pub reasons: Vec<Reason>,
    /// The same in words by language; for administrators, not for those it is about.
    pub reason_admin: BTreeMap<&'static str, String>,
    /// What was wrong with this entry of a batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<EntryError>,
}

/// A decision.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionAnswer {
    /// Whether it is allowed.
    pub decision: bool,
    /// Why.
    pub context: DecisionContext,
}

impl From<Decision> for DecisionAnswer {
    fn from(decision: Decision) -> Self {
        let words: Vec<&str> = decision.reasons.iter().map(|reason| reason.message.as_str()).collect();
        let reason_admin = BTreeMap::from([("en", words.join("; "))]);
        Self {
            decision: decision.allowed,
            context: DecisionContext { reasons: decision.reasons, reason_admin, error: None },
        }
    }
}

impl DecisionAnswer {
    /// The denial of an entry that is incomplete.
    pub(super) fn incomplete(message: String) -> Self {
        let denied = Decision { allowed: false, reasons: vec![Reason::incomplete(&message)] };
        let mut answer = Self::from(denied);
        answer.context.error = Some(EntryError { status: 400, message });
        answer
    }
}

/// The decisions of a batch, in its order. Where it ended early there are fewer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionsAnswer {
    /// One for each entry that was looked at.
    pub evaluations: Vec<DecisionAnswer>,
}

/// Where a page of results ends.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PageAnswer {
    /// What to send as `page.token` for the next page; empty where there is none.
    pub next_token: String,
    /// How many results this page has.
    pub count: usize,
}

/// A subject or resource that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FoundEntity {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// An action that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FoundAction {
    /// Its name.
    pub name: String,
}

/// Subjects or resources that were found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntitiesAnswer {
    /// Them.
    pub results: Vec<FoundEntity>,
    /// Where the page ends.
    pub page: PageAnswer,
}

/// Actions that were found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActionsAnswer {
    /// Them.
    pub results: Vec<FoundAction>,
    /// Where the page ends.
    pub page: PageAnswer,
}

/// Where the decision API is (AuthZEN Authorization API 1.0, section 9).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Metadata {
    /// The base URL of this decision point.
    pub policy_decision_point: String,
    /// Decides one question.
    pub access_evaluation_endpoint: String,
    /// Decides several.
    pub access_evaluations_endpoint: String,
    /// Finds subjects.
    pub search_subject_endpoint: String,
    /// Finds resources.
    pub search_resource_endpoint: String,
    /// Finds actions.
    pub search_action_endpoint: String,
}

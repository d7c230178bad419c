//! Several questions in one body (AuthZEN Authorization API 1.0, section 7).

use serde_json::{Map, Value};

use super::{answers::DecisionAnswer, deciding, requests};
use crate::kernel::{
    ctx::Ctx,
    errors::{Detail, Error, Result},
};

/// Questions of one body.
const MOST: usize = 100;

type Object = Map<String, Value>;

/// When a batch ends (`options.evaluations_semantic`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Semantic {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

impl Semantic {
    fn ends(self, decision: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !decision,
            Self::PermitOnFirstPermit => decision,
        }
    }
}

/// A batch: its defaults, its entries, and when it ends.
pub(super) struct Batch {
    defaults: Object,
    entries: Vec<Value>,
    semantic: Semantic,
}

fn wrong(field: &str, code: &'static str, message: impl Into<String>) -> Error {
    requests::refused(Detail::new(field, code, message))
}

/// The batch of a body; `None` where it has no entries and is one question.
///
/// # Errors
/// What concerns the body as a whole: a member of a wrong type, too many entries, a semantic that does not exist.
pub(super) fn of(mut body: Object) -> Result<Result<Batch, Object>> {
    let entries = match body.remove("evaluations") {
        None => return Ok(Err(body)),
        Some(Value::Array(entries)) if entries.is_empty() => return Ok(Err(body)),
        Some(Value::Array(entries)) if entries.len() > MOST => {
            return Err(wrong("evaluations", "TOO_LONG", format!("At most {MOST} entries.")));
        }
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(wrong("evaluations", "WRONG_TYPE", "Must be a list.")),
    };
    for name in ["subject", "action", "resource", "context"] {
        if body.get(name).is_some_and(|value| !value.is_object()) {
            return Err(wrong(name, "WRONG_TYPE", "Must be an object."));
        }
    }
    let semantic = semantic(body.get("options"))?;
    Ok(Ok(Batch { defaults: body, entries, semantic }))
}

fn semantic(options: Option<&Value>) -> Result<Semantic> {
    let Some(options) = options else { return Ok(Semantic::ExecuteAll) };
    let options = options.as_object().ok_or_else(|| wrong("options", "WRONG_TYPE", "Must be an object."))?;
    match options.get("evaluations_semantic").map(Value::as_str) {
        None | Some(Some("execute_all")) => Ok(Semantic::ExecuteAll),
        Some(Some("deny_on_first_deny")) => Ok(Semantic::DenyOnFirstDeny),
        Some(Some("permit_on_first_permit")) => Ok(Semantic::PermitOnFirstPermit),
        Some(_) => {
            let told = "One of execute_all, deny_on_first_deny, permit_on_first_permit.";
            Err(wrong("options.evaluations_semantic", "UNKNOWN_SEMANTIC", told))
        }
    }
}

impl Batch {
    /// The decisions, in the order of the entries. An entry that is incomplete is denied and keeps no other from its own.
    pub(super) async fn decide(self, ctx: &Ctx) -> Result<Vec<DecisionAnswer>> {
        let mut answers = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            let answer = match self.question(entry) {
                Ok(question) => DecisionAnswer::from(deciding::decide(ctx, question, None).await?),
                Err(fault) => DecisionAnswer::incomplete(format!("{}: {}", fault.field, fault.message)),
            };
            let ends = self.semantic.ends(answer.decision);
            answers.push(answer);
            if ends {
                break;
            }
            // Each takes up to a millisecond or two, and others want to be answered.
            tokio::task::yield_now().await;
        }
        Ok(answers)
    }

    fn question(&self, entry: &Value) -> Result<crate::features::policies::Question, Detail> {
        let own = entry.as_object().ok_or_else(|| Detail::new("evaluations", "WRONG_TYPE", "Must be an object."))?;
        let mut whole = Object::new();
        for (name, needed) in
            [("subject", &["type", "id"][..]), ("action", &["name"]), ("resource", &["type", "id"]), ("context", &[])]
        {
            let value = match (own.get(name), self.defaults.get(name)) {
                (Some(own), Some(default)) => filled(own, default, needed),
                (Some(one), None) | (None, Some(one)) => one.clone(),
                (None, None) => continue,
            };
            whole.insert(name.to_owned(), value);
        }
        requests::question(&whole)
    }
}

/// An entry's own object takes the place of the default as a whole; only what every such object needs is taken over.
fn filled(own: &Value, default: &Value, needed: &[&str]) -> Value {
    let (Value::Object(own), Value::Object(default)) = (own, default) else { return own.clone() };
    let mut filled = own.clone();
    for name in needed {
        if let (false, Some(value)) = (filled.contains_key(*name), default.get(*name)) {
            filled.insert((*name).to_owned(), value.clone());
        }
    }
    Value::Object(filled)
}

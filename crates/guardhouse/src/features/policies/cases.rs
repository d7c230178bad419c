//! Test cases: questions with the decision that is expected.

use serde_json::{Map, Value};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

use super::{
    asking,
    engine::{Question, Set},
    reading::{self, Unknown},
};
use crate::kernel::{
    ctx::Ctx,
    errors::{Detail, Result},
    http::input::{Fault, Field},
};

/// A question and what is expected of it. Policies alone are asked: roles permit nothing here.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is called.
    pub name: Option<String>,
    /// The question.
    pub question: Question,
    /// The decision that is expected.
    pub expect: bool,
    /// As it was written.
    pub written: Value,
}

/// What came of one case.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CaseResult {
    /// The case's name, or its place in the list, from 1 on.
    pub name: String,
    /// What the policies decide.
    pub decision: bool,
    /// What was expected.
    pub expected: bool,
    /// Whether these are the same.
    pub passed: bool,
    /// What decided, in words.
    pub reasons: Vec<String>,
}

/// Bytes of a case's name.
const MAX_NAME: usize = 200;

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn of(written: Value) -> Result<Self, Detail> {
        let wrong = |field: &str, message: &str| Detail::new(field, "WRONG_TYPE", message);
        let members = written.as_object().ok_or_else(|| wrong("case", "Must be an object."))?;
        let known = ["name", "subject", "action", "resource", "context", "expect"];
        if let Some(stranger) = members.keys().find(|name| !known.contains(&name.as_str())) {
            let shown: String = stranger.chars().filter(|c| !c.is_control()).take(64).collect();
            return Err(Detail::new(shown, "UNKNOWN_FIELD", "This field is not known here."));
        }
        let name = match members.get("name") {
            None => None,
            Some(Value::String(name)) if name.len() <= MAX_NAME && !name.chars().any(char::is_control) => {
                Some(name.clone())
            }
            Some(_) => return Err(wrong("name", "Must be a short text.")),
        };
        let question = question(members)?;
        let expect = members.get("expect").and_then(Value::as_bool);
        let expect = expect.ok_or_else(|| wrong("expect", "Must be true or false."))?;
        Ok(Self { name, question, expect, written })
    }
}

fn question(members: &Map<String, Value>) -> Result<Question, Detail> {
    let part = |name: &str| members.get(name).ok_or_else(|| Detail::new(name, "REQUIRED", "This field is required."));
    Ok(Question {
        subject: reading::party(part("subject")?, "subject", Unknown::Refused)?,
        action: reading::act(part("action")?, "action", Unknown::Refused)?,
        resource: reading::party(part("resource")?, "resource", Unknown::Refused)?,
        context: reading::context(members)?,
    })
}

impl Field for Case {
    fn read(value: Value) -> Result<Self, Fault> {
        Self::of(value).map_err(|detail| Fault::new("INVALID_CASE", format!("{}: {}", detail.field, detail.message)))
    }

    fn schema() -> RefOr<Schema> {
        let object = |about: &str| ObjectBuilder::new().schema_type(Type::Object).description(Some(about));
        let text = |about: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(about));
        let expect =
            ObjectBuilder::new().schema_type(Type::Boolean).description(Some("The decision that is expected."));
        ObjectBuilder::new()
            .property("name", text("What the case is called."))
            .property("subject", object("`type`, `id` and `properties`."))
            .property("action", object("`name` and `properties`."))
            .property("resource", object("`type`, `id` and `properties`."))
            .property("context", object("Circumstances."))
            .property("expect", expect)
            .required("subject")
            .required("action")
            .required("resource")
            .required("expect")
            .into()
    }
}

/// Puts every case to the policies.
///
/// # Errors
/// Where the database is away.
pub(super) async fn run(ctx: &Ctx, set: &Set, cases: &[Case]) -> Result<Vec<CaseResult>> {
    let mut results = Vec::with_capacity(cases.len());
    for (index, case) in cases.iter().enumerate() {
        let (decision, reasons) = decision(ctx, set, case).await?;
        results.push(CaseResult {
            name: case.name.clone().unwrap_or_else(|| (index + 1).to_string()),
            decision,
            expected: case.expect,
            passed: decision == case.expect,
            reasons,
        });
        // A case takes up to a millisecond or two, and others want to be answered.
        tokio::task::yield_now().await;
    }
    Ok(results)
}

async fn decision(ctx: &Ctx, set: &Set, case: &Case) -> Result<(bool, Vec<String>)> {
    let asked = asking::by(ctx, set, &mut case.question.clone()).await?;
    if let Some(refusal) = asked.subject.refused() {
        return Ok((false, vec![refusal.to_owned()]));
    }
    Ok(match asked.verdict {
        Ok(verdict) => (verdict.is_permitted(), verdict.told()),
        Err(unaskable) => (false, vec![unaskable.0]),
    })
}

/// Cases that were stored with a policy.
pub(super) fn stored(text: &str) -> Vec<Case> {
    let written: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    written.into_iter().filter_map(|case| Case::of(case).ok()).collect()
}

/// Cases as they are stored.
pub(super) fn written(cases: &[Case]) -> String {
    Value::Array(cases.iter().map(|case| case.written.clone()).collect()).to_string()
}

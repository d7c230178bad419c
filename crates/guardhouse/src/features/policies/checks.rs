//! What is looked at before policies take effect: they parse, they fit the schema, and every stored test case passes.

use std::sync::Arc;

use super::{
    cases::{self, Case},
    engine::{self, Active, Fault, Set, Validated},
    held,
};
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Detail, Error, Result},
};

/// Test cases of all policies together: they are run at each change.
const MAX_CASES: usize = 1_000;
/// Mistakes that one refusal names.
const MAX_FAULTS: usize = 20;

/// What would be in effect after a change.
pub(super) struct Wanted {
    /// The schema's source.
    pub schema: Option<String>,
    /// The policies, each with its stored test cases.
    pub policies: Vec<(Active, String)>,
    /// Which policies to hold against the schema: the changed one, or all after a change of the schema.
    pub validate: Vec<usize>,
}

/// Refuses what must not take effect.
///
/// # Errors
/// [`Code::ValidationFailed`] with `INVALID_POLICY` or `INVALID_SCHEMA` and the place, [`Code::Conflict`] with the test case
/// that fails.
pub(super) async fn check(ctx: &Ctx, wanted: Wanted) -> Result<()> {
    let mut cases = Vec::new();
    for (active, tests) in &wanted.policies {
        cases.extend(cases::stored(tests).into_iter().map(|case| (Arc::clone(&active.name), case)));
    }
    if cases.len() > MAX_CASES {
        let told = format!("All policies together may have at most {MAX_CASES} test cases.");
        return Err(Error::validation(vec![Detail::new("tests", "TOO_LONG", told)]));
    }
    let set = held::parsing(ctx, move || made(&wanted)).await??;
    run(ctx, &set, cases).await
}

fn made(wanted: &Wanted) -> Result<Set> {
    let schema = wanted.schema.as_deref().map(engine::schema).transpose();
    let schema = schema.map_err(|faults| refused("INVALID_SCHEMA", "", &faults))?;
    for place in &wanted.validate {
        let Some((active, _)) = wanted.policies.get(*place) else { continue };
        let Validated { errors, .. } = engine::validate(&active.source, schema.as_ref());
        if !errors.is_empty() {
            let name = if wanted.validate.len() > 1 { &*active.name } else { "" };
            return Err(refused("INVALID_POLICY", name, &errors));
        }
    }
    let policies: Vec<Active> = wanted.policies.iter().map(|(active, _)| active.clone()).collect();
    Set::of(&policies, schema.as_ref()).map_err(|unusable| refused("INVALID_POLICY", "", &unusable.faults))
}

fn refused(code: &'static str, policy: &str, faults: &[Fault]) -> Error {
    let whose = if policy.is_empty() { String::new() } else { format!("policy {policy}: ") };
    let told = |fault: &Fault| Detail::new("source", code, format!("{whose}{fault}"));
    Error::validation(faults.iter().take(MAX_FAULTS).map(told).collect())
}

async fn run(ctx: &Ctx, set: &Set, cases: Vec<(Arc<str>, Case)>) -> Result<()> {
    for (policy, case) in cases {
        let results = cases::run(ctx, set, std::slice::from_ref(&case)).await?;
        if let Some(failing) = results.into_iter().find(|result| !result.passed) {
            let name = case.name.unwrap_or_else(|| "without a name".to_owned());
            let told = format!(
                "The test case \"{name}\" of the policy {policy} expects {} and would get {}.",
                failing.expected, failing.decision,
            );
            return Err(Error::new(Code::Conflict, told));
        }
    }
    Ok(())
}

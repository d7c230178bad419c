//! Trying sources out: nothing here takes effect.

use std::sync::Arc;

use guardhouse_core::ids::PolicyId;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    cases::{self, Case, CaseResult},
    engine::{self, Active, Fault, Set},
    held, reads,
};
use crate::kernel::{
    ctx::Ctx,
    errors::{Detail, Error, Result},
};

/// What the validator says of a source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Validation {
    /// Whether it could take effect.
    pub valid: bool,
    /// Why it could not.
    pub errors: Vec<Fault>,
    /// What its writer should look at.
    pub warnings: Vec<Fault>,
}

/// Whether a source parses and fits the schema in effect.
pub async fn validate(ctx: &Ctx, source: String) -> Result<Validation> {
    let schema = reads::current(ctx).await?.schema.map(|schema| schema.source);
    let said = held::parsing(ctx, move || {
        // A stored schema was understood when it was stored.
        let schema = schema.as_deref().and_then(|schema| engine::schema(schema).ok());
        engine::validate(&source, schema.as_ref())
    });
    let said = said.await?;
    Ok(Validation { valid: said.errors.is_empty(), errors: said.errors, warnings: said.warnings })
}

/// A policy to try.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Its name; one of a stored policy takes that one's place.
    pub name: String,
    /// Its source.
    pub source: String,
}

/// What came of a trial.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Trial {
    /// How many cases came out as expected.
    pub passed: usize,
    /// How many did not.
    pub failed: usize,
    /// Each case.
    pub results: Vec<CaseResult>,
}

/// Puts cases to policies: those in effect with `tried` beside them or in their place, or `tried` alone.
///
/// # Errors
/// [`Code::ValidationFailed`](crate::kernel::errors::Code::ValidationFailed) for a source that does not parse.
pub async fn test(ctx: &Ctx, tried: Vec<Tried>, alone: bool, cases: &[Case]) -> Result<Trial> {
    let current = reads::current(ctx).await?;
    let schema = current.schema.map(|schema| schema.source);
    let mut policies: Vec<Active> = Vec::new();
    if !alone {
        let stays = |active: &Active| !tried.iter().any(|one| *one.name == *active.name);
        policies.extend(current.policies.into_iter().map(|(active, _)| active).filter(stays));
    }
    let added = tried.into_iter().map(|one| Active {
        id: PolicyId::new(ctx.now()),
        name: Arc::from(one.name),
        version: 0,
        source: Arc::from(one.source),
    });
    policies.extend(added);
    let set = held::parsing(ctx, move || {
        let schema = schema.as_deref().and_then(|schema| engine::schema(schema).ok());
        Set::of(&policies, schema.as_ref())
    });
    let set = set.await?.map_err(|unusable| {
        let told = |fault: &Fault| Detail::new("policies", "INVALID_POLICY", format!("{}: {fault}", unusable.policy));
        Error::validation(unusable.faults.iter().take(20).map(told).collect())
    })?;
    let results = cases::run(ctx, &set, cases).await?;
    let passed = results.iter().filter(|result| result.passed).count();
    Ok(Trial { passed, failed: results.len() - passed, results })
}

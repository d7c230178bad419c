//! Validation and tests without effect.

use axum::{Json, extract::State};
use http::StatusCode;
use serde_json::json;

use super::{
    READ,
    input::{Large, Source},
};
use crate::{
    features::policies::{
        cases::Case,
        trials::{self, Trial, Tried, Validation},
    },
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::route::Route,
    },
};

input! {
    /// A source to look at.
    pub(super) struct ValidatePolicyInput {
        /// Cedar statements, at most 64 KiB.
        source: Source,
    }
}

input! {
    /// Cases, and policies to put them to.
    pub(super) struct TestPoliciesInput {
        /// Policies that are tried beside those in effect; one of a name that is taken stands in for that one.
        policies: Option<Vec<Tried>>,
        /// Whether these are asked alone, without those in effect; no unless told.
        alone: Option<bool>,
        /// Questions with the decision that is expected.
        cases: Vec<Case>,
    }
}

pub(super) fn routes() -> Vec<Route> {
    let refuses = [Code::ValidationFailed, Code::MalformedJson, Code::PayloadTooLarge, Code::UnsupportedMediaType];
    vec![
        Route::post("/api/admin/policies/validate", READ, validate, "Check the source of a policy")
            .about("Parses it and holds it against the schema, if there is one. Nothing takes effect.")
            .takes::<ValidatePolicyInput>(json!({"source": "permit (principal, action, resource);"}))
            .answers::<Validation>(StatusCode::OK, "What is wrong with it, with line and column")
            .refuses(&refuses),
        Route::post("/api/admin/policies/test", READ, test, "Put test cases to policies")
            .about(
                "By policies alone: roles permit nothing here. At most 100 cases. Nothing takes effect.",
            )
            .takes::<TestPoliciesInput>(json!({"cases": [{
                "name": "owners read",
                "subject": {"type": "user", "id": "alice"},
                "action": {"name": "read"},
                "resource": {"type": "record", "id": "1", "properties": {"owner": {"__entity": {"type": "user", "id": "alice"}}}},
                "expect": true,
            }]}))
            .answers::<Trial>(StatusCode::OK, "What each case came to")
            .refuses(&refuses),
    ]
}

async fn validate(State(ctx): State<Ctx>, Large(input): Large<ValidatePolicyInput>) -> Result<Json<Validation>> {
    Ok(Json(trials::validate(&ctx, input.source.0).await?))
}

async fn test(State(ctx): State<Ctx>, Large(input): Large<TestPoliciesInput>) -> Result<Json<Trial>> {
    let alone = input.alone.unwrap_or(false);
    Ok(Json(trials::test(&ctx, input.policies.unwrap_or_default(), alone, &input.cases).await?))
}

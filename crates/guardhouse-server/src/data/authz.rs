//! Decisions and trials of policies, here or there.

use guardhouse::features::{
    access,
    policies::{self, Case, Tried},
};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{Data, shown};
use crate::failure::Failure;

/// Policies to try, and the cases to put to them.
pub(crate) struct Trial {
    /// Name and source of each.
    pub(crate) policies: Vec<(String, String)>,
    /// Whether they are asked without those in effect.
    pub(crate) alone: bool,
    /// As the HTTP contract has them.
    pub(crate) cases: Vec<Value>,
}

impl Data<'_> {
    /// The decision of a question, with its reasons.
    pub(crate) async fn decide(self, question: Map<String, Value>) -> Result<Value, Failure> {
        match self {
            Self::Database(ctx) => shown(&access::evaluate(ctx, &question).await?),
            Self::Server(remote) => remote.decide(&Value::Object(question)).await,
        }
    }

    /// What the cases come to.
    pub(crate) async fn test_policies(self, trial: Trial) -> Result<Value, Failure> {
        match self {
            Self::Database(ctx) => {
                let tried = trial.policies.into_iter().map(|(name, source)| Tried { name, source }).collect();
                let cases = trial.cases.into_iter().enumerate().map(|(index, case)| read(index, case));
                let cases: Vec<Case> = cases.collect::<Result<_, _>>()?;
                shown(&policies::test(ctx, tried, trial.alone, &cases).await?)
            }
            Self::Server(remote) => {
                let tried = trial.policies.into_iter().map(|(name, source)| json!({"name": name, "source": source}));
                let body = json!({
                    "policies": tried.collect::<Vec<_>>(),
                    "alone": trial.alone,
                    "cases": trial.cases,
                });
                remote.send(Method::POST, &["policies", "test"], &body).await
            }
        }
    }
}

fn read(index: usize, case: Value) -> Result<Case, Failure> {
    Case::of(case).map_err(|wrong| Failure::new(format!("case {}: {}: {}", index + 1, wrong.field, wrong.message)))
}

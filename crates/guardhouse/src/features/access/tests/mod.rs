//! Through HTTP, as a caller would.

mod accounts;
mod agreement;
mod batches;
mod bindings;
mod scenario;
mod searches;
mod speed;

use serde_json::{Value, json};

use crate::testing::Actor;

pub(super) const EVALUATION: &str = "/access/v1/evaluation";
pub(super) const EVALUATIONS: &str = "/access/v1/evaluations";
const POLICIES: &str = "/api/admin/policies";

/// Adds a policy.
pub(super) async fn policy(admin: &Actor<'_>, name: &str, source: &str) -> Value {
    admin.post(POLICIES, json!({"name": name, "source": source})).await.expect(201).json
}

/// The entity of an actor's account.
pub(super) fn of(actor: &Actor<'_>) -> String {
    format!("user:{}", actor.login.user["id"].as_str().unwrap())
}

/// A question about `type:id` entities.
pub(super) fn question(subject: &str, action: &str, resource: &str) -> Value {
    let entity = |text: &str| {
        let (kind, id) = text.split_once(':').unwrap();
        json!({"type": kind, "id": id})
    };
    json!({"subject": entity(subject), "action": {"name": action}, "resource": entity(resource)})
}

/// The decision of a question.
pub(super) async fn decision(caller: &Actor<'_>, question: Value) -> bool {
    caller.post(EVALUATION, question).await.expect(200).json["decision"].as_bool().unwrap()
}

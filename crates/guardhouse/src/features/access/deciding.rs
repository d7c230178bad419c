//! The decision: allowed by a role or by a policy, and forbidden by no policy.

use guardhouse_core::{ids::TenantId, permission::covers, principal::Principal};
use serde_json::{Map, Value};

use super::{
    answers::DecisionAnswer,
    reasons::Reason,
    requests,
    roles::{by_roles, permission},
};
use crate::{
    features::policies::{self, Act, Party, Question, USER},
    kernel::{ctx::Ctx, errors::Result},
};

/// What was decided, and by what.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// What decided; never empty.
    pub reasons: Vec<Reason>,
}

impl Decision {
    fn denied(reasons: Vec<Reason>) -> Self {
        let nothing = || vec![Reason::nothing()];
        Self { allowed: false, reasons: if reasons.is_empty() { nothing() } else { reasons } }
    }
}

/// What somebody wants to do something to.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    /// Its type, such as `record`.
    pub kind: String,
    /// Its id within the type.
    pub id: String,
    /// What policies may ask of it.
    pub properties: Map<String, Value>,
}

/// Whether the subject of a question may do what it asks. Deny wins: one policy that forbids overrules every role and
/// every policy that permits, and so does one that would forbid and cannot be evaluated (rulings 29).
///
/// # Errors
/// [`Code::Unavailable`](crate::kernel::errors::Code::Unavailable) where this node does not know which policies are in
/// effect, or the database is away.
pub async fn decide(ctx: &Ctx, mut question: Question, tenant: Option<TenantId>) -> Result<Decision> {
    let asked = policies::ask(ctx, &mut question).await?;
    if let Some(refusal) = asked.subject.refused() {
        return Ok(Decision::denied(vec![Reason::account(refusal)]));
    }
    // Without a form in Cedar nobody can tell whether a policy forbids it.
    let verdict = match asked.verdict {
        Ok(verdict) => verdict,
        Err(unaskable) => return Ok(Decision::denied(vec![Reason::unaskable(&unaskable)])),
    };
    if verdict.is_forbidden() {
        return Ok(Decision::denied(Reason::forbidding(&verdict)));
    }
    let tenant = tenant.or_else(|| tenant_of(&question));
    let role = by_roles(ctx, &asked.subject, &question.action.name, &question.resource, tenant).await?;
    let mut reasons: Vec<Reason> = role.iter().map(|role| Reason::role(role)).collect();
    reasons.extend(verdict.permits.iter().map(Reason::policy));
    if reasons.is_empty() {
        // Policies that would have permitted and could not be evaluated are worth knowing of.
        return Ok(Decision::denied(verdict.failed.iter().map(Reason::failed).collect()));
    }
    Ok(Decision { allowed: true, reasons })
}

/// The tenant that a question says the resource belongs to, or that it is asked in: `resource.properties.tenant_id`, else
/// `context.tenant_id`.
fn tenant_of(question: &Question) -> Option<TenantId> {
    let said = question.resource.properties.get("tenant_id").or_else(|| question.context.get("tenant_id"));
    said.and_then(Value::as_str)?.parse().ok()
}

/// The decision of a body as the decision API takes it: `subject`, `action`, `resource`, `context`.
///
/// # Errors
/// [`Code::ValidationFailed`](crate::kernel::errors::Code::ValidationFailed) for a member that is missing or wrong, and as
/// [`decide`].
pub async fn evaluate(ctx: &Ctx, body: &Map<String, Value>) -> Result<DecisionAnswer> {
    let question = requests::question(body).map_err(requests::refused)?;
    Ok(decide(ctx, question, None).await?.into())
}

/// Whether the maker of a request may do this to the resource: for services that embed the engine. A key does no more
/// than its scopes name, whatever its owner may do.
///
/// # Errors
/// As [`decide`].
pub async fn can(ctx: &Ctx, principal: &Principal, action: &str, resource: &Resource) -> Result<Decision> {
    let wanted = permission(action, &resource.kind);
    if principal.authority.within.as_ref().is_some_and(|scopes| !covers(scopes, &wanted)) {
        return Ok(Decision::denied(vec![Reason::scope()]));
    }
    let party = |kind: &str, id: String, properties| Party { kind: kind.to_owned(), id, properties, stored: None };
    let question = Question {
        subject: party(USER, principal.subject.to_string(), Map::new()),
        action: Act { name: action.to_owned(), properties: Map::new() },
        resource: party(&resource.kind, resource.id.clone(), resource.properties.clone()),
        context: Map::new(),
    };
    decide(ctx, question, principal.tenant).await
}

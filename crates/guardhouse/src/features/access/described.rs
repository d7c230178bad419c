//! Bodies as the API description shows them. They are read by [`requests`](super::requests), which passes over members that
//! it does not know.

use utoipa::ToSchema;

/// A subject or resource.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read for the description alone")]
pub(super) struct EntityInput {
    /// Its type, a Cedar identifier. Guardhouse's own users are of the type `user`.
    #[schema(example = "user")]
    r#type: String,
    /// Its id within the type.
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    id: String,
    /// What policies may ask of it. What Guardhouse stores of its own users wins.
    #[schema(value_type = Option<Object>)]
    properties: Option<()>,
}

/// A type of subjects or resources.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read for the description alone")]
pub(super) struct EntityTypeInput {
    /// The type.
    #[schema(example = "user")]
    r#type: String,
    /// What policies may ask of each.
    #[schema(value_type = Option<Object>)]
    properties: Option<()>,
}

/// An action.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read for the description alone")]
pub(super) struct ActionInput {
    /// Its name.
    #[schema(example = "read")]
    name: String,
    /// `context.action` for policies.
    #[schema(value_type = Option<Object>)]
    properties: Option<()>,
}

/// A question.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read for the description alone")]
pub(super) struct EvaluationInput {
    /// Who.
    subject: EntityInput,
    /// What.
    action: ActionInput,
    /// To what.
    resource: EntityInput,
    /// Under which circumstances.
    #[schema(value_type = Option<Object>)]
    context: Option<()>,
}

/// When a batch ends.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read for the description alone")]
pub(super) struct EvaluationsOptions {
    /// `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`.
    evaluations_semantic: Option<String>,
}

/// Several questions; subject, action, resource and context beside them are what entries leave out.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read for the description alone")]
pub(super) struct EvaluationsInput {
    /// For entries without one.
    subject: Option<EntityInput>,
    /// For entries without one.
    action: Option<ActionInput>,
    /// For entries without one.
    resource: Option<EntityInput>,
    /// For entries without one.
    #[schema(value_type = Option<Object>)]
    context: Option<()>,
    /// When the batch ends.
    options: Option<EvaluationsOptions>,
    /// At most 100. Without any the body is one question.
    #[schema(value_type = Option<Vec<Object>>)]
    evaluations: Option<Vec<()>>,
}

/// Which page of a search.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read for the description alone")]
pub(super) struct PageInput {
    /// The `next_token` of the page before.
    token: Option<String>,
    /// How many results at most: 50 unless told, 200 at most.
    limit: Option<u32>,
}

/// Who may do this to the resource?
#[derive(ToSchema)]
#[expect(dead_code, reason = "read for the description alone")]
pub(super) struct SubjectSearchInput {
    /// The type of subjects.
    subject: EntityTypeInput,
    /// What.
    action: ActionInput,
    /// To what.
    resource: EntityInput,
    /// Under which circumstances.
    #[schema(value_type = Option<Object>)]
    context: Option<()>,
    /// Which page.
    page: Option<PageInput>,
}

/// To what may the subject do this?
#[derive(ToSchema)]
#[expect(dead_code, reason = "read for the description alone")]
pub(super) struct ResourceSearchInput {
    /// Who.
    subject: EntityInput,
    /// What.
    action: ActionInput,
    /// The type of resources.
    resource: EntityTypeInput,
    /// Under which circumstances.
    #[schema(value_type = Option<Object>)]
    context: Option<()>,
    /// Which page.
    page: Option<PageInput>,
}

/// What may the subject do to the resource?
#[derive(ToSchema)]
#[expect(dead_code, reason = "read for the description alone")]
pub(super) struct ActionSearchInput {
    /// Who.
    subject: EntityInput,
    /// To what.
    resource: EntityInput,
    /// Under which circumstances.
    #[schema(value_type = Option<Object>)]
    context: Option<()>,
    /// Which page.
    page: Option<PageInput>,
}

//! HTTP of the feature, nothing else.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;

use super::{
    answers::{ActionsAnswer, DecisionAnswer, DecisionsAnswer, EntitiesAnswer, Metadata},
    batch, deciding,
    described::{ActionSearchInput, EvaluationInput, EvaluationsInput, ResourceSearchInput, SubjectSearchInput},
    requests::Members,
    search,
};
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Result},
    http::route::{Guard, Route},
};

const EVALUATE: Guard = Guard::Permission("access:evaluate");
const REFUSES: &[Code] = &[Code::ValidationFailed, Code::MalformedJson, Code::PayloadTooLarge, Code::Unavailable];

pub(super) fn routes() -> Vec<Route> {
    decisions().into_iter().chain(searches()).collect()
}

fn decisions() -> Vec<Route> {
    let alice = json!({"type": "user", "id": "usr_01h455vb4pex5vsknk084sn02q"});
    let one = json!({"subject": alice, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}});
    let many = json!({"subject": alice, "action": {"name": "read"}, "evaluations": [
        {"resource": {"type": "record", "id": "record-1"}},
        {"resource": {"type": "record", "id": "record-2"}},
    ]});
    vec![
        Route::post("/access/v1/evaluation", EVALUATE, evaluation, "May they?")
            .about(
                "OpenID AuthZEN Authorization API 1.0. Allowed is what a role or a policy permits and no policy forbids. A \
                 denial is a 200 as well; everything that is wrong with a body is a 400.",
            )
            .takes::<EvaluationInput>(one)
            .answers::<DecisionAnswer>(StatusCode::OK, "The decision")
            .refuses(REFUSES),
        Route::post("/access/v1/evaluations", EVALUATE, evaluations, "Several decisions at once")
            .about(
                "What an entry leaves out is taken from the body around it; an entry's own object takes the place of the \
                 default as a whole. An entry that is incomplete is denied, with `context.error`. Without entries the body is \
                 one question and the answer one decision.",
            )
            .takes::<EvaluationsInput>(many)
            .answers::<DecisionsAnswer>(StatusCode::OK, "The decisions in the order of the entries")
            .refuses(REFUSES),
        Route::get("/.well-known/authzen-configuration", Guard::Public, metadata, "Where the decision API is")
            .answers::<Metadata>(StatusCode::OK, "Its endpoints"),
    ]
}

fn searches() -> Vec<Route> {
    const ABOUT: &str = "Looks at what this server knows: its accounts, and the entities and actions that policies name. \
                         Whatever is found is what an evaluation allows. A page may have fewer results than asked for \
                         and a `next_token` all the same.";
    let alice = json!({"type": "user", "id": "usr_01h455vb4pex5vsknk084sn02q"});
    let record = json!({"type": "record", "id": "record-1"});
    vec![
        Route::post("/access/v1/search/subject", EVALUATE, subjects, "Who may?")
            .about(ABOUT)
            .takes::<SubjectSearchInput>(
                json!({"subject": {"type": "user"}, "action": {"name": "read"}, "resource": record}),
            )
            .answers::<EntitiesAnswer>(StatusCode::OK, "Subjects that may")
            .refuses(REFUSES),
        Route::post("/access/v1/search/resource", EVALUATE, resources, "To what may they?")
            .about(ABOUT)
            .takes::<ResourceSearchInput>(
                json!({"subject": alice, "action": {"name": "read"}, "resource": {"type": "record"}}),
            )
            .answers::<EntitiesAnswer>(StatusCode::OK, "Resources to which they may")
            .refuses(REFUSES),
        Route::post("/access/v1/search/action", EVALUATE, actions, "What may they do?")
            .about(ABOUT)
            .takes::<ActionSearchInput>(json!({"subject": alice, "resource": record}))
            .answers::<ActionsAnswer>(StatusCode::OK, "Actions that they may do")
            .refuses(REFUSES),
    ]
}

async fn evaluation(State(ctx): State<Ctx>, Members(body): Members) -> Result<Json<DecisionAnswer>> {
    Ok(Json(deciding::evaluate(&ctx, &body).await?))
}

async fn evaluations(State(ctx): State<Ctx>, Members(body): Members) -> Result<Response> {
    match batch::of(body)? {
        Ok(batch) => Ok(Json(DecisionsAnswer { evaluations: batch.decide(&ctx).await? }).into_response()),
        Err(body) => Ok(Json(deciding::evaluate(&ctx, &body).await?).into_response()),
    }
}

async fn subjects(State(ctx): State<Ctx>, Members(body): Members) -> Result<Json<EntitiesAnswer>> {
    Ok(Json(search::subjects(&ctx, &body).await?))
}

async fn resources(State(ctx): State<Ctx>, Members(body): Members) -> Result<Json<EntitiesAnswer>> {
    Ok(Json(search::resources(&ctx, &body).await?))
}

async fn actions(State(ctx): State<Ctx>, Members(body): Members) -> Result<Json<ActionsAnswer>> {
    Ok(Json(search::actions(&ctx, &body).await?))
}

async fn metadata(State(ctx): State<Ctx>) -> Json<Metadata> {
    let base = ctx.links.to("");
    let base = base.trim_end_matches('/');
    Json(Metadata {
        policy_decision_point: base.to_owned(),
        access_evaluation_endpoint: format!("{base}/access/v1/evaluation"),
        access_evaluations_endpoint: format!("{base}/access/v1/evaluations"),
        search_subject_endpoint: format!("{base}/access/v1/search/subject"),
        search_resource_endpoint: format!("{base}/access/v1/search/resource"),
        search_action_endpoint: format!("{base}/access/v1/search/action"),
    })
}

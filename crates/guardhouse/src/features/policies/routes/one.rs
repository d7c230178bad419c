//! One policy: read, change, delete, its versions.

use axum::{Json, extract::State};
use guardhouse_core::ids::PolicyId;
use http::StatusCode;
use serde_json::json;

use super::{
    READ, WRITE,
    input::{Large, Source, Version},
};
use crate::{
    features::policies::{
        cases::Case,
        reads,
        rules::{self, Author, Changes},
        views::{PolicyVersions, PolicyView},
    },
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            input::{Body, Nothing, Text},
            page::PageQuery,
            path::Of,
            route::Route,
        },
    },
};

input! {
    /// What is to be different; the rest stays.
    pub(super) struct UpdatePolicyInput {
        /// Another source, which makes a new version.
        source: Option<Source>,
        /// An earlier version to make the active one again.
        version: Option<Version>,
        /// What it is for.
        description: Option<Text<1000>>,
        /// All test cases from now on.
        tests: Option<Vec<Case>>,
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/policies/{id}", READ, read, "One policy")
            .answers::<PolicyView>(StatusCode::OK, "The policy with the source of its active version")
            .refuses(&[Code::NotFound]),
        Route::patch("/api/admin/policies/{id}", WRITE, change, "Change a policy")
            .about("A new source makes a new version; versions never change. `version` goes back to an earlier one.")
            .takes::<UpdatePolicyInput>(json!({"version": 1}))
            .answers::<PolicyView>(StatusCode::OK, "The policy as it is now")
            .refuses(&[
                Code::ValidationFailed,
                Code::MalformedJson,
                Code::NotFound,
                Code::Conflict,
                Code::PayloadTooLarge,
                Code::UnsupportedMediaType,
            ]),
        Route::delete("/api/admin/policies/{id}", WRITE, delete, "Remove a policy and its versions")
            .about("Refused where a stored test case of another policy would fail without it.")
            .answers_empty(StatusCode::NO_CONTENT, "Removed")
            .refuses(&[Code::NotFound, Code::Conflict]),
        Route::get("/api/admin/policies/{id}/versions", READ, versions, "Versions of a policy")
            .paged()
            .answers::<PolicyVersions>(StatusCode::OK, "The newest first")
            .refuses(&[Code::NotFound]),
    ]
}

async fn read(State(ctx): State<Ctx>, Of(id): Of<PolicyId>) -> Result<Json<PolicyView>> {
    Ok(Json(reads::show(&ctx, id).await?))
}

async fn change(
    State(ctx): State<Ctx>,
    Of(id): Of<PolicyId>,
    author: Author,
    Large(input): Large<UpdatePolicyInput>,
) -> Result<Json<PolicyView>> {
    let changes = Changes {
        source: input.source.map(|source| source.0),
        version: input.version.map(|version| version.0),
        description: input.description.map(|text| text.0),
        tests: input.tests,
    };
    Ok(Json(rules::update(&ctx, &author, id, changes).await?))
}

async fn delete(State(ctx): State<Ctx>, Of(id): Of<PolicyId>, author: Author, _: Body<Nothing>) -> Result<StatusCode> {
    rules::delete(&ctx, &author, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn versions(State(ctx): State<Ctx>, Of(id): Of<PolicyId>, page: PageQuery<i64>) -> Result<Json<PolicyVersions>> {
    Ok(Json(reads::versions(&ctx, id, &page).await?))
}

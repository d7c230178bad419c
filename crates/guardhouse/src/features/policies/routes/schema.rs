//! The schema that policies must fit.

use axum::{Json, extract::State};
use http::StatusCode;
use serde_json::json;

use super::{
    READ, WRITE,
    input::{Large, Source},
};
use crate::{
    features::policies::{
        reads,
        rules::{self, Author},
        views::PolicyVersion,
    },
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            input::{Body, Nothing},
            route::Route,
        },
    },
};

input! {
    /// A schema.
    pub(super) struct SetSchemaInput {
        /// A Cedar schema, as text or as JSON, at most 64 KiB.
        source: Source,
    }
}

const SCHEMA: &str = "entity user = { email?: String };\nentity record = { owner?: user };\n\
                      action read, write appliesTo { principal: user, resource: record };";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/policies/schema", READ, read, "The schema that policies fit")
            .answers::<PolicyVersion>(StatusCode::OK, "The schema in effect")
            .refuses(&[Code::NotFound]),
        Route::post("/api/admin/policies/schema", WRITE, set, "Give policies a schema to fit")
            .about(
                "Every policy is held against it (strict validation); where one does not fit, nothing changes. Without a \
                 schema policies are only parsed.",
            )
            .takes::<SetSchemaInput>(json!({"source": SCHEMA}))
            .answers::<PolicyVersion>(StatusCode::CREATED, "The schema as its newest version")
            .refuses(&[
                Code::ValidationFailed,
                Code::MalformedJson,
                Code::Conflict,
                Code::PayloadTooLarge,
                Code::UnsupportedMediaType,
            ]),
        Route::delete("/api/admin/policies/schema", WRITE, remove, "Let policies do without a schema")
            .about("Its versions are kept.")
            .answers_empty(StatusCode::NO_CONTENT, "There is none now")
            .refuses(&[Code::NotFound, Code::Conflict]),
    ]
}

async fn read(State(ctx): State<Ctx>) -> Result<Json<PolicyVersion>> {
    Ok(Json(reads::schema(&ctx).await?))
}

async fn set(
    State(ctx): State<Ctx>,
    author: Author,
    Large(input): Large<SetSchemaInput>,
) -> Result<(StatusCode, Json<PolicyVersion>)> {
    let schema = rules::set_schema(&ctx, &author, Some(&input.source.0)).await?;
    Ok((StatusCode::CREATED, Json(schema.ok_or_else(Error::not_found)?)))
}

async fn remove(State(ctx): State<Ctx>, author: Author, _: Body<Nothing>) -> Result<StatusCode> {
    rules::set_schema(&ctx, &author, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

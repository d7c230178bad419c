//! Declared permissions.

use axum::{Json, extract::State};
use http::StatusCode;
use serde_json::json;

use crate::{
    features::roles::permissions,
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            input::{Body, Nothing, Text},
            list::Page,
            path::Last,
            route::{Guard, Route},
        },
        principal::By,
        roles::Declared,
    },
};

use super::query::Names;

const READ: Guard = Guard::Permission("permissions:read");
const WRITE: Guard = Guard::Permission("permissions:write");

input! {
    /// A permission to be declared.
    pub struct DeclareInput {
        /// Parts of a-z, 0-9, _ and - joined by colons, the kind of thing before the act: `documents:read`.
        name: Text<128>,
        /// What it permits.
        description: Option<Text<500>>,
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/permissions", READ, list, "List declared permissions")
            .paged()
            .answers::<Page<Declared>>(StatusCode::OK, "By name"),
        Route::post("/api/admin/permissions", WRITE, declare, "Declare a permission")
            .about(
                "Roles gather declared permissions and those of this server's own routes. A wildcard, `documents:*` or `*`, \
                 is for roles and stands for all that begins so.",
            )
            .takes::<DeclareInput>(json!({"name": "documents:read", "description": "Read documents"}))
            .answers::<Declared>(StatusCode::CREATED, "The permission")
            .refuses(&[Code::Conflict]),
        Route::delete("/api/admin/permissions/{name}", WRITE, withdraw, "Withdraw a permission")
            .about("Refused while a role gathers it by its name.")
            .answers_empty(StatusCode::NO_CONTENT, "Withdrawn")
            .refuses(&[Code::NotFound, Code::Conflict]),
    ]
}

async fn list(State(ctx): State<Ctx>, Names(page): Names) -> Result<Json<Page<Declared>>> {
    permissions::list(&ctx, &page).await.map(Json)
}

async fn declare(
    State(ctx): State<Ctx>,
    by: By,
    Body(input): Body<DeclareInput>,
) -> Result<(StatusCode, Json<Declared>)> {
    let description = input.description.map(|Text(text)| text).unwrap_or_default();
    let declared = permissions::declare(&ctx, &by, &input.name.0, &description).await?;
    Ok((StatusCode::CREATED, Json(declared)))
}

async fn withdraw(State(ctx): State<Ctx>, Last(name): Last, by: By, _: Body<Nothing>) -> Result<StatusCode> {
    permissions::withdraw(&ctx, &by, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

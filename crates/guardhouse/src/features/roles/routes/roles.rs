//! Roles.

use axum::{Json, extract::State};
use guardhouse_core::ids::TenantId;
use http::StatusCode;
use serde_json::json;

use super::{
    names,
    query::{Scoped, TENANT},
};
use crate::{
    features::roles::{
        edit::{self, NewRole, RoleChanges, ShownRole},
        rules,
    },
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
    },
};

const READ: &str = "roles:read";
const WRITE: &str = "roles:write";

input! {
    /// A role to be declared.
    pub struct CreateRoleInput {
        /// Letters, digits and -_.: without spaces; it stays.
        name: Text<64>,
        /// What the role is for.
        description: Option<Text<500>>,
        /// What it gathers: declared permissions, or patterns that end in `*`; only those that you hold yourself.
        permissions: Option<Vec<Text<128>>>,
        /// Names of roles whose permissions it gathers too; only those that you hold yourself.
        includes: Option<Vec<Text<64>>>,
        /// The tenant it belongs to; else the one you act in, or everywhere.
        tenant_id: Option<TenantId>,
    }
}

input! {
    /// What is to be different; the rest stays.
    pub struct UpdateRoleInput {
        /// What the role is for.
        description: Option<Text<500>>,
        /// All that it gathers from now on.
        permissions: Option<Vec<Text<128>>>,
        /// All that it includes from now on.
        includes: Option<Vec<Text<64>>>,
    }
}

pub(super) fn routes() -> Vec<Route> {
    let (tenant, meaning) = TENANT;
    vec![
        Route::get("/api/admin/roles", Guard::Reaching(READ), list, "List roles")
            .about("Those of the house among them.")
            .paged()
            .query(tenant, meaning)
            .answers::<Page<ShownRole>>(StatusCode::OK, "By name")
            .refuses(&[Code::NotFound]),
        Route::post("/api/admin/roles", Guard::Reaching(WRITE), create, "Declare a role")
            .about(
                "A role gathers permissions and those of the roles it includes. A tenant's roles hold in that tenant alone. \
                 Nobody gathers in a role what they do not hold.",
            )
            .takes::<CreateRoleInput>(json!({
                "name": "editor",
                "description": "Writes documents",
                "permissions": ["documents:read", "documents:write"],
            }))
            .answers::<ShownRole>(StatusCode::CREATED, "The role")
            .refuses(&[Code::NotFound, Code::Conflict]),
        Route::get("/api/admin/roles/{role}", Guard::Reaching(READ), read, "One role")
            .about("By its id, or by its name where you act.")
            .query(tenant, meaning)
            .answers::<ShownRole>(StatusCode::OK, "The role")
            .refuses(&[Code::ValidationFailed, Code::NotFound]),
        Route::patch("/api/admin/roles/{role}", Guard::Reaching(WRITE), change, "Change a role")
            .about("Whoever holds it holds the new one from the next request on, also with tokens that are out already.")
            .query(tenant, meaning)
            .takes::<UpdateRoleInput>(json!({"permissions": ["documents:*"]}))
            .answers::<ShownRole>(StatusCode::OK, "The role as it is now")
            .refuses(&[Code::NotFound, Code::Conflict]),
        Route::delete("/api/admin/roles/{role}", Guard::Reaching(WRITE), delete, "Remove a role")
            .about("It is taken from all who hold it. Refused while another role includes it.")
            .query(tenant, meaning)
            .answers_empty(StatusCode::NO_CONTENT, "Removed")
            .refuses(&[Code::ValidationFailed, Code::NotFound, Code::Conflict]),
    ]
}

async fn list(State(ctx): State<Ctx>, by: By, asked: Scoped) -> Result<Json<Page<ShownRole>>> {
    let reach = by.reach(READ, asked.tenant)?;
    Ok(Json(rules::list(&ctx, reach, &asked.page).await?.map(ShownRole::from)))
}

async fn create(
    State(ctx): State<Ctx>,
    by: By,
    Body(input): Body<CreateRoleInput>,
) -> Result<(StatusCode, Json<ShownRole>)> {
    let reach = by.reach(WRITE, input.tenant_id)?;
    let new = NewRole {
        name: input.name.0,
        description: input.description.map(|Text(text)| text).unwrap_or_default(),
        permissions: names(input.permissions.unwrap_or_default()),
        includes: names(input.includes.unwrap_or_default()),
    };
    let role = edit::create(&ctx, &by, reach, new).await?;
    Ok((StatusCode::CREATED, Json(role.into())))
}

async fn read(State(ctx): State<Ctx>, Last(role): Last, by: By, asked: Scoped) -> Result<Json<ShownRole>> {
    let reach = by.reach(READ, asked.tenant)?;
    Ok(Json(rules::find(&ctx, reach, &role).await?.into()))
}

async fn change(
    State(ctx): State<Ctx>,
    Last(role): Last,
    by: By,
    asked: Scoped,
    Body(input): Body<UpdateRoleInput>,
) -> Result<Json<ShownRole>> {
    let reach = by.reach(WRITE, asked.tenant)?;
    let changes = RoleChanges {
        description: input.description.map(|Text(text)| text),
        permissions: input.permissions.map(names),
        includes: input.includes.map(names),
    };
    Ok(Json(edit::update(&ctx, &by, reach, &role, changes).await?.into()))
}

async fn delete(
    State(ctx): State<Ctx>,
    Last(role): Last,
    by: By,
    asked: Scoped,
    _: Body<Nothing>,
) -> Result<StatusCode> {
    let reach = by.reach(WRITE, asked.tenant)?;
    edit::delete(&ctx, &by, reach, &role).await?;
    Ok(StatusCode::NO_CONTENT)
}

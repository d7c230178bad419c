//! One tenant: read, change, disable, enable, delete.

use axum::{Json, extract::State};
use guardhouse_core::{email::DisplayName, ids::TenantId};
use http::StatusCode;
use serde_json::json;

use super::Within;
use crate::{
    features::tenants::{
        rules::{self, Changes},
        slug::Slug,
        view::{Policy, TenantView},
    },
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            input::{Body, Nothing},
            path::Of,
            route::{Guard, Route},
        },
        principal::{By, TenantScope},
        tenants,
    },
};

input! {
    /// What is to be different; the rest stays.
    pub struct UpdateTenantInput {
        /// What to be called.
        name: Option<DisplayName>,
        /// Another name in URLs.
        slug: Option<Slug>,
        /// What the tenant asks of whoever acts in it: all of it, since what is not named is not asked for.
        policy: Option<Policy>,
    }
}

const WRITE_ALL: Guard = Guard::Permission("tenants:write");

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/tenants/{id}", Guard::InTenant("tenants:read"), read, "One tenant")
            .answers::<TenantView>(StatusCode::OK, "The tenant"),
        Route::patch("/api/admin/tenants/{id}", Guard::InTenant("tenants:write"), change, "Change a tenant")
            .about("A policy that is tightened holds from the next request on. Nobody sets one that their own login does not \
                    meet, unless they manage all tenants.")
            .takes::<UpdateTenantInput>(json!({"name": "Acme", "policy": {"require_mfa": true, "session_length": "8h"}}))
            .answers::<TenantView>(StatusCode::OK, "The tenant as it is now")
            .refuses(&[Code::ValidationFailed, Code::Conflict]),
        Route::delete("/api/admin/tenants/{id}", Guard::InTenant("tenants:delete"), delete, "Delete a tenant")
            .about("With its roles, invitations, domains and service accounts. The accounts of its members stay.")
            .answers_empty(StatusCode::NO_CONTENT, "Deleted"),
        Route::post("/api/admin/tenants/{id}/disable", WRITE_ALL, disable, "Keep everybody from acting in a tenant")
            .about("Tokens and sessions for it are refused at once.")
            .answers::<TenantView>(StatusCode::OK, "The tenant as it is now")
            .refuses(&[Code::NotFound]),
        Route::post("/api/admin/tenants/{id}/enable", WRITE_ALL, enable, "Let members act in a tenant again")
            .answers::<TenantView>(StatusCode::OK, "The tenant as it is now")
            .refuses(&[Code::NotFound]),
    ]
}

async fn read(State(ctx): State<Ctx>, scope: TenantScope) -> Result<Json<TenantView>> {
    Ok(Json(TenantView::from(&tenants::existing(&ctx, scope.tenant()).await?)))
}

async fn change(
    State(ctx): State<Ctx>,
    within: Within,
    Body(input): Body<UpdateTenantInput>,
) -> Result<Json<TenantView>> {
    let changes = Changes { name: input.name, slug: input.slug, policy: input.policy.map(|Policy(policy)| policy) };
    let proof = within.principal.assurance.as_deref();
    let tenant = rules::update(&ctx, &within.by, within.scope, changes, proof).await?;
    Ok(Json(TenantView::from(&tenant)))
}

async fn delete(State(ctx): State<Ctx>, within: Within, _: Body<Nothing>) -> Result<StatusCode> {
    rules::delete(&ctx, &within.by, within.scope).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn disable(State(ctx): State<Ctx>, Of(id): Of<TenantId>, by: By, _: Body<Nothing>) -> Result<Json<TenantView>> {
    Ok(Json(TenantView::from(&rules::set_disabled(&ctx, &by, id, true).await?)))
}

async fn enable(State(ctx): State<Ctx>, Of(id): Of<TenantId>, by: By, _: Body<Nothing>) -> Result<Json<TenantView>> {
    Ok(Json(TenantView::from(&rules::set_disabled(&ctx, &by, id, false).await?)))
}

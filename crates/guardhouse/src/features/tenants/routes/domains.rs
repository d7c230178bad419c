//! Domains of a tenant.

use axum::{Json, extract::State};
use http::StatusCode;
use serde_json::json;

use super::{Its, Within};
use crate::{
    features::tenants::domains::{self, Domain, DomainView, Domains},
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            input::{Body, Nothing},
            page::PageQuery,
            route::{Guard, Route},
        },
        principal::TenantScope,
    },
};

input! {
    /// A domain that a tenant is to show for its own.
    pub struct AddDomainInput {
        /// Its name.
        domain: Domain,
    }
}

const WRITE: Guard = Guard::InTenant("domains:write");

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/tenants/{id}/domains", Guard::InTenant("domains:read"), list, "Domains of a tenant")
            .paged()
            .answers::<Domains>(StatusCode::OK, "By their names"),
        Route::post("/api/admin/tenants/{id}/domains", WRITE, add, "Add a domain to a tenant")
            .about("The answer says which text to put where; then `POST …/verify` looks for it.")
            .takes::<AddDomainInput>(json!({"domain": "example.com"}))
            .answers::<DomainView>(StatusCode::CREATED, "The domain")
            .refuses(&[Code::ValidationFailed, Code::Conflict]),
        Route::post("/api/admin/tenants/{id}/domains/{its}/verify", WRITE, verify, "Look for the proof of a domain")
            .about("A domain is one tenant's: whoever shows it first.")
            .answers::<DomainView>(StatusCode::OK, "The domain, verified")
            .refuses(&[Code::Conflict]),
        Route::delete("/api/admin/tenants/{id}/domains/{its}", WRITE, remove, "Remove a domain from a tenant")
            .answers_empty(StatusCode::NO_CONTENT, "Removed"),
    ]
}

async fn list(State(ctx): State<Ctx>, scope: TenantScope, page: PageQuery<String>) -> Result<Json<Domains>> {
    domains::list(&ctx, scope, &page).await.map(Json)
}

async fn add(
    State(ctx): State<Ctx>,
    Within { scope, by, .. }: Within,
    Body(input): Body<AddDomainInput>,
) -> Result<(StatusCode, Json<DomainView>)> {
    Ok((StatusCode::CREATED, Json(domains::add(&ctx, &by, scope, &input.domain).await?)))
}

async fn verify(
    State(ctx): State<Ctx>,
    Within { scope, by, .. }: Within,
    Its(domain): Its<Domain>,
    _: Body<Nothing>,
) -> Result<Json<DomainView>> {
    domains::verify(&ctx, &by, scope, &domain).await.map(Json)
}

async fn remove(
    State(ctx): State<Ctx>,
    Within { scope, by, .. }: Within,
    Its(domain): Its<Domain>,
    _: Body<Nothing>,
) -> Result<StatusCode> {
    domains::remove(&ctx, &by, scope, &domain).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Who holds which role where.

use axum::{Json, extract::State};
use guardhouse_core::{
    ids::{AccountId, BindingId, TenantId},
    scope::{Resource, ResourceId, ResourceType},
};
use http::StatusCode;
use serde_json::{Value, json};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

use super::query::{Bindings, TENANT};
use crate::{
    features::roles::bindings::{self, NewBinding, ShownBinding},
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            input::{Body, Fault, Field, Nothing, Text},
            list::Page,
            path::Last,
            route::{Guard, Route},
        },
        principal::By,
    },
};

const READ: &str = "role-bindings:read";
const WRITE: &str = "role-bindings:write";

/// A resource as a body names it: `{"type","id"}`.
pub struct ResourceField(Resource);

impl Field for ResourceField {
    fn read(value: Value) -> Result<Self, Fault> {
        let wrong = |message: String| Fault::new("INVALID_RESOURCE", message);
        let shape = || wrong("Must be {\"type\": …, \"id\": …} and nothing else.".to_owned());
        let members = value.as_object().filter(|members| members.len() == 2).ok_or_else(shape)?;
        let text = |name: &str| members.get(name).and_then(Value::as_str).ok_or_else(shape);
        let kind: ResourceType = text("type")?.parse().map_err(|error| wrong(format!("{error}.")))?;
        let id: ResourceId = text("id")?.parse().map_err(|error| wrong(format!("{error}.")))?;
        Ok(Self(Resource { kind, id }))
    }

    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        ObjectBuilder::new()
            .property("type", text().max_length(Some(guardhouse_core::scope::MAX_TYPE)))
            .required("type")
            .property("id", text().max_length(Some(guardhouse_core::scope::MAX_ID)))
            .required("id")
            .into()
    }
}

input! {
    /// A role to be given.
    pub struct BindInput {
        /// To whom: `usr_…`.
        subject: AccountId,
        /// Which; only one that you hold yourself, unless you hold every permission.
        role: Text<64>,
        /// In this tenant; else in the one you act in, or everywhere.
        tenant_id: Option<TenantId>,
        /// On this resource alone.
        resource: Option<ResourceField>,
    }
}

pub(super) fn routes() -> Vec<Route> {
    let (tenant, meaning) = TENANT;
    vec![
        Route::get("/api/admin/role-bindings", Guard::Reaching(READ), list, "Who holds which role where")
            .paged()
            .query("subject", "Only what this account holds")
            .query("role", "Only this role")
            .query(tenant, meaning)
            .query("resource_type", "Only on resources of this type")
            .query("resource_id", "Only on the resource of this id")
            .answers::<Page<ShownBinding>>(StatusCode::OK, "The newest first")
            .refuses(&[Code::NotFound]),
        Route::post("/api/admin/role-bindings", Guard::Reaching(WRITE), bind, "Give a role")
            .about(
                "Everywhere, in a tenant, or on one resource. It counts from the next request on, within a second on other \
                 nodes, also with tokens that are out already.",
            )
            .takes::<BindInput>(json!({
                "subject": "usr_01h455vb4pex5vsknk084sn02q",
                "role": "editor",
                "resource": {"type": "document", "id": "42"},
            }))
            .answers::<ShownBinding>(StatusCode::CREATED, "The binding")
            .refuses(&[Code::NotFound, Code::Conflict]),
        Route::delete("/api/admin/role-bindings/{binding}", Guard::Reaching(WRITE), unbind, "Take a role")
            .about("The last administrator stays, and so does a tenant's last owner.")
            .answers_empty(StatusCode::NO_CONTENT, "Taken")
            .refuses(&[Code::NotFound, Code::Conflict]),
    ]
}

async fn list(State(ctx): State<Ctx>, by: By, asked: Bindings) -> Result<Json<Page<ShownBinding>>> {
    let reach = by.reach(READ, asked.filter.tenant)?;
    let page = bindings::list(&ctx, reach, asked.filter, &asked.page).await?;
    Ok(Json(page.map(ShownBinding::from)))
}

async fn bind(
    State(ctx): State<Ctx>,
    by: By,
    Body(input): Body<BindInput>,
) -> Result<(StatusCode, Json<ShownBinding>)> {
    let reach = by.reach(WRITE, input.tenant_id)?;
    let resource = input.resource.map(|ResourceField(resource)| resource);
    let new = NewBinding { subject: input.subject, role: input.role.0, resource };
    let binding = bindings::bind(&ctx, &by, reach, new).await?;
    Ok((StatusCode::CREATED, Json(binding.into())))
}

async fn unbind(State(ctx): State<Ctx>, Last(binding): Last, by: By, _: Body<Nothing>) -> Result<StatusCode> {
    let id: BindingId = binding.parse().map_err(|_| Error::not_found())?;
    let reach = by.reach(WRITE, None)?;
    bindings::unbind(&ctx, &by, reach, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

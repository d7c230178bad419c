//! HTTP of the feature, nothing else.

use axum::{
    Json,
    extract::{FromRequestParts, RawQuery, State},
};
use guardhouse_core::{
    email::DisplayName,
    ids::{AccountId, TenantId},
};
use http::{StatusCode, request::Parts};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    rules::{self, Changes, NewService},
    view::{self, ServiceView},
};
use crate::{
    input,
    kernel::{
        accounts,
        ctx::Ctx,
        errors::{Code, Detail, Error, Result},
        http::{
            input::{Body, Nothing, Text},
            page::{PageQuery, parameters},
            path::Of,
            route::{Guard, Route},
        },
        principal::By,
    },
};

input! {
    /// A service account to be made.
    pub struct CreateServiceAccountInput {
        /// What it is called.
        name: DisplayName,
        /// What it is for.
        description: Option<Text<500>>,
        /// The tenant that it belongs to (`ten_…`): the one you act in where you manage only that.
        tenant_id: Option<Text<64>>,
        /// Roles to hold, in the tenant or everywhere; only those that you may give.
        roles: Option<Vec<Text<64>>>,
    }
}

input! {
    /// What is to be different; the rest stays.
    pub struct UpdateServiceAccountInput {
        /// What to be called.
        name: Option<DisplayName>,
        /// What it is for.
        description: Option<Text<500>>,
        /// All roles to hold from now on.
        roles: Option<Vec<Text<64>>>,
    }
}

#[derive(Serialize, ToSchema)]
struct ServiceAccounts {
    /// The newest first.
    data: Vec<ServiceView>,
    /// What to send as `cursor` for the next page.
    #[schema(value_type = Option<String>)]
    next_cursor: Option<AccountId>,
}

const READS: &str = "service-accounts:read";
const WRITES: &str = "service-accounts:write";
const READ: Guard = Guard::Reaching(READS);
const WRITE: Guard = Guard::Reaching(WRITES);
const ONE: &str = "/api/admin/service-accounts/{id}";

pub(super) fn routes() -> Vec<Route> {
    let shown = |route: Route| {
        route.answers::<ServiceView>(StatusCode::OK, "The service account as it is now").refuses(&[Code::NotFound])
    };
    vec![
        Route::get("/api/admin/service-accounts", READ, list, "List service accounts")
            .about(
                "Those of no tenant, or of the one that `tenant_id` names; whoever manages one tenant sees that one's.",
            )
            .query("tenant_id", "Those of this tenant (`ten_…`)")
            .paged()
            .answers::<ServiceAccounts>(StatusCode::OK, "The newest first")
            .refuses(&[Code::NotFound]),
        Route::post("/api/admin/service-accounts", WRITE, create, "Make a service account")
            .about("It acts by its API keys alone: no password, no login. One of a tenant acts in that tenant alone.")
            .takes::<CreateServiceAccountInput>(json!({"name": "deploy", "description": "Rolls out releases"}))
            .answers::<ServiceView>(StatusCode::CREATED, "The service account")
            .refuses(&[Code::ValidationFailed, Code::NotFound]),
        shown(Route::get(ONE, READ, read, "One service account")),
        shown(Route::patch(ONE, WRITE, change, "Change a service account"))
            .takes::<UpdateServiceAccountInput>(json!({"name": "deploy", "roles": []}))
            .refuses(&[Code::ValidationFailed, Code::Conflict]),
        Route::delete(ONE, WRITE, delete, "Delete a service account")
            .answers_empty(StatusCode::NO_CONTENT, "Deleted, and its keys with it")
            .refuses(&[Code::NotFound]),
        shown(Route::post(
            "/api/admin/service-accounts/{id}/disable",
            WRITE,
            disable,
            "Refuse a service account's keys",
        )),
        shown(Route::post(
            "/api/admin/service-accounts/{id}/enable",
            WRITE,
            enable,
            "Take a service account's keys again",
        )),
    ]
}

#[derive(Default)]
struct Query {
    tenant: Option<TenantId>,
    page: PageQuery<AccountId>,
}

impl FromRequestParts<Ctx> for Query {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, ctx).await.map_err(Error::internal)?;
        let mut read = Self::default();
        parameters(query.as_deref().unwrap_or_default(), |name, value| match name {
            "tenant_id" => {
                read.tenant = Some(value.parse().map_err(|error: guardhouse_core::ids::NotAnId| error.to_string())?);
                Ok(())
            }
            _ => read.page.take(name, value),
        })?;
        Ok(read)
    }
}

async fn list(State(ctx): State<Ctx>, by: By, query: Query) -> Result<Json<ServiceAccounts>> {
    let tenant = by.reach(READS, query.tenant)?.tenant();
    // One more than wanted tells whether there is a next page.
    let mut found = accounts::services(&ctx, tenant, query.page.cursor, query.page.limit + 1).await?;
    let more = found.len() > query.page.limit as usize;
    found.truncate(query.page.limit as usize);
    let mut data = Vec::with_capacity(found.len());
    for account in &found {
        data.push(view::view(&ctx, account).await?);
    }
    let next_cursor = data.last().filter(|_| more).map(|last| last.id);
    Ok(Json(ServiceAccounts { data, next_cursor }))
}

fn names(roles: Vec<Text<64>>) -> Vec<String> {
    roles.into_iter().map(|Text(role)| role).collect()
}

async fn create(
    State(ctx): State<Ctx>,
    by: By,
    Body(input): Body<CreateServiceAccountInput>,
) -> Result<(StatusCode, Json<ServiceView>)> {
    let asked = match input.tenant_id {
        Some(Text(id)) => Some(id.parse().map_err(|error: guardhouse_core::ids::NotAnId| {
            Error::validation(vec![Detail::new("tenant_id", "INVALID_ID", error.to_string())])
        })?),
        None => None,
    };
    let tenant = by.reach(WRITES, asked)?.tenant();
    let description = input.description.map(|Text(text)| text).unwrap_or_default();
    let new = NewService { name: input.name, description, tenant, roles: names(input.roles.unwrap_or_default()) };
    Ok((StatusCode::CREATED, Json(rules::create(&ctx, &by, new).await?)))
}

async fn read(State(ctx): State<Ctx>, by: By, Of(id): Of<AccountId>) -> Result<Json<ServiceView>> {
    let account = rules::existing(&ctx, by.reach(READS, None)?, id).await?;
    view::view(&ctx, &account).await.map(Json)
}

async fn change(
    State(ctx): State<Ctx>,
    by: By,
    Of(id): Of<AccountId>,
    Body(input): Body<UpdateServiceAccountInput>,
) -> Result<Json<ServiceView>> {
    let changes = Changes {
        name: input.name,
        description: input.description.map(|Text(text)| text),
        roles: input.roles.map(names),
    };
    rules::update(&ctx, &by, by.reach(WRITES, None)?, id, changes).await.map(Json)
}

async fn delete(State(ctx): State<Ctx>, by: By, Of(id): Of<AccountId>, _: Body<Nothing>) -> Result<StatusCode> {
    rules::delete(&ctx, &by, by.reach(WRITES, None)?, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn disable(State(ctx): State<Ctx>, by: By, Of(id): Of<AccountId>, _: Body<Nothing>) -> Result<Json<ServiceView>> {
    rules::set_disabled(&ctx, &by, by.reach(WRITES, None)?, id, true).await.map(Json)
}

async fn enable(State(ctx): State<Ctx>, by: By, Of(id): Of<AccountId>, _: Body<Nothing>) -> Result<Json<ServiceView>> {
    rules::set_disabled(&ctx, &by, by.reach(WRITES, None)?, id, false).await.map(Json)
}

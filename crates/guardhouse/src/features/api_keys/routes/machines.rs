//! Keys of service accounts and of tenants.

use axum::{
    Json,
    extract::{FromRequestParts, State},
};
use guardhouse_core::ids::{AccountId, ApiKeyId};
use http::{StatusCode, request::Parts};
use serde_json::json;

use super::{
    id,
    mine::{CreateKeyInput, MadeView, RotateKeyInput, UpdateKeyInput, overlap},
};
use crate::{
    features::api_keys::{
        machines::{may_equip, of_service, of_tenant, of_tenant_made},
        rules::{self, Among, Owner},
        view::{KeyView, Keys},
    },
    kernel::{
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            input::{Body, Nothing},
            page::PageQuery,
            path::{self, Last},
            route::{Guard, Route},
        },
        principal::{By, Caller, TenantScope, held_in},
    },
};

const READS: &str = "api-keys:read";
const WRITES: &str = "api-keys:write";

pub(super) fn routes() -> Vec<Route> {
    let of_services = |list: Route, create, update, rotate, revoke| {
        vec![described(list), made(create), changed(update), rotated(rotate), revoked(revoke)]
    };
    let (read, write) = (Guard::Reaching(READS), Guard::Reaching(WRITES));
    let mut all = of_services(
        Route::get(SERVICE, read, list, "API keys of a service account"),
        Route::post(SERVICE, write, create, "Make an API key of a service account"),
        Route::patch(SERVICE_KEY, write, update, "Change an API key of a service account"),
        Route::post(SERVICE_ROTATE, write, rotate, "Give an API key of a service account a new secret"),
        Route::delete(SERVICE_KEY, write, revoke, "Revoke an API key of a service account"),
    );
    let (read, write) = (Guard::InTenant(READS), Guard::InTenant(WRITES));
    all.extend(of_services(
        Route::get(TENANT, read, tenant_list, "API keys of a tenant"),
        Route::post(TENANT, write, tenant_create, "Make an API key of a tenant"),
        Route::patch(TENANT_KEY, write, tenant_update, "Change an API key of a tenant"),
        Route::post(TENANT_ROTATE, write, tenant_rotate, "Give an API key of a tenant a new secret"),
        Route::delete(TENANT_KEY, write, tenant_revoke, "Revoke an API key of a tenant"),
    ));
    all
}

const SERVICE: &str = "/api/admin/service-accounts/{id}/api-keys";
const SERVICE_KEY: &str = "/api/admin/service-accounts/{id}/api-keys/{key_id}";
const SERVICE_ROTATE: &str = "/api/admin/service-accounts/{id}/api-keys/{key_id}/rotate";
const TENANT: &str = "/api/admin/tenants/{id}/api-keys";
const TENANT_KEY: &str = "/api/admin/tenants/{id}/api-keys/{key_id}";
const TENANT_ROTATE: &str = "/api/admin/tenants/{id}/api-keys/{key_id}/rotate";

fn described(list: Route) -> Route {
    list.paged().answers::<Keys>(StatusCode::OK, "The newest first").refuses(&[Code::NotFound])
}

fn made(create: Route) -> Route {
    create
        .about(
            "The answer has the key this once. It may do what its scopes and the account it acts as both may, at each use. \
             Only whoever may give all roles of that account makes its keys. A tenant's own keys act as an account of the \
             tenant's, a `member` until roles are bound to the `account_id` that the answer names.",
        )
        .takes::<CreateKeyInput>(json!({"name": "deploy", "scopes": ["documents:*"], "rate_limit": "1000/1m"}))
        .answers::<MadeView>(StatusCode::CREATED, "The key with its text")
        .refuses(&[Code::NotFound, Code::Conflict])
}

fn changed(update: Route) -> Route {
    update
        .takes::<UpdateKeyInput>(json!({"scopes": ["documents:read"]}))
        .answers::<KeyView>(StatusCode::OK, "The key as it is now")
        .refuses(&[Code::NotFound])
}

fn rotated(rotate: Route) -> Route {
    rotate
        .about("Both secrets work until the overlap is over; one that is older still ends at once.")
        .takes::<RotateKeyInput>(json!({"overlap": "1h"}))
        .answers::<MadeView>(StatusCode::OK, "The key with its new text")
        .refuses(&[Code::NotFound, Code::Conflict])
}

fn revoked(revoke: Route) -> Route {
    revoke.answers_empty(StatusCode::NO_CONTENT, "Revoked").refuses(&[Code::NotFound])
}

/// A machine with whoever manages its keys.
struct Machine {
    owner: Owner,
    by: By,
}

/// The service account of the path, looked for once the body is read.
struct OfService {
    account: AccountId,
    permission: &'static str,
    by: By,
}

impl FromRequestParts<Ctx> for OfService {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let account = path::named(parts, ctx, "id").await?.parse().map_err(|_| Error::not_found())?;
        let permission = if parts.method == http::Method::GET { READS } else { WRITES };
        Ok(Self { account, permission, by: By::from_request_parts(parts, ctx).await? })
    }
}

impl OfService {
    async fn machine(self, ctx: &Ctx) -> Result<Machine> {
        let Self { account, permission, by } = self;
        let owner = of_service(ctx, by.reach(permission, None)?, account).await?;
        Ok(Machine { owner, by })
    }
}

/// The tenant of the path.
struct OfTenant(TenantScope, By);

impl FromRequestParts<Ctx> for OfTenant {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let scope = TenantScope::from_request_parts(parts, ctx).await?;
        let by = By::from_request_parts(parts, ctx).await?;
        let Caller(principal) = Caller::from_request_parts(parts, ctx).await?;
        let held = held_in(ctx, &principal, scope.tenant()).await?;
        Ok(Self(scope, by.holding(scope.tenant(), held)))
    }
}

impl OfTenant {
    fn machine(self) -> Machine {
        Machine { owner: of_tenant(self.0), by: self.1 }
    }
}

impl Machine {
    async fn create(self, ctx: &Ctx, input: CreateKeyInput) -> Result<(StatusCode, Json<MadeView>)> {
        may_equip(ctx, &self.by, self.owner.tenant, self.owner.account).await?;
        let made = rules::create(ctx, self.owner, &self.by.who, input.into()).await?;
        Ok((StatusCode::CREATED, Json(made.into())))
    }

    async fn update(self, ctx: &Ctx, key: &str, input: UpdateKeyInput) -> Result<Json<KeyView>> {
        may_equip(ctx, &self.by, self.owner.tenant, self.owner.account).await?;
        rules::update(ctx, Among::Of(self.owner), &self.by.who, id(key)?, input.into()).await.map(Json)
    }

    async fn rotate(self, ctx: &Ctx, key: &str, input: RotateKeyInput) -> Result<Json<MadeView>> {
        may_equip(ctx, &self.by, self.owner.tenant, self.owner.account).await?;
        let overlap = overlap(input)?;
        let made = rules::rotate(ctx, Among::Of(self.owner), &self.by.who, id(key)?, overlap).await?;
        Ok(Json(made.into()))
    }

    async fn revoke(self, ctx: &Ctx, key: &str) -> Result<StatusCode> {
        rules::revoke(ctx, Among::Of(self.owner), &self.by.who, id(key)?).await?;
        Ok(StatusCode::NO_CONTENT)
    }
}

async fn list(State(ctx): State<Ctx>, of: OfService, page: PageQuery<ApiKeyId>) -> Result<Json<Keys>> {
    rules::list(&ctx, Among::Of(of.machine(&ctx).await?.owner), &page).await.map(Json)
}

async fn create(
    State(ctx): State<Ctx>,
    of: OfService,
    Body(input): Body<CreateKeyInput>,
) -> Result<(StatusCode, Json<MadeView>)> {
    of.machine(&ctx).await?.create(&ctx, input).await
}

async fn update(
    State(ctx): State<Ctx>,
    of: OfService,
    Last(key): Last,
    Body(input): Body<UpdateKeyInput>,
) -> Result<Json<KeyView>> {
    of.machine(&ctx).await?.update(&ctx, &key, input).await
}

async fn rotate(
    State(ctx): State<Ctx>,
    of: OfService,
    Last(key): Last,
    Body(input): Body<RotateKeyInput>,
) -> Result<Json<MadeView>> {
    of.machine(&ctx).await?.rotate(&ctx, &key, input).await
}

async fn revoke(State(ctx): State<Ctx>, of: OfService, Last(key): Last, _: Body<Nothing>) -> Result<StatusCode> {
    of.machine(&ctx).await?.revoke(&ctx, &key).await
}

async fn tenant_list(State(ctx): State<Ctx>, of: OfTenant, page: PageQuery<ApiKeyId>) -> Result<Json<Keys>> {
    rules::list(&ctx, Among::Of(of.machine().owner), &page).await.map(Json)
}

async fn tenant_create(
    State(ctx): State<Ctx>,
    OfTenant(scope, by): OfTenant,
    Body(input): Body<CreateKeyInput>,
) -> Result<(StatusCode, Json<MadeView>)> {
    let owner = of_tenant_made(&ctx, scope).await?;
    Machine { owner, by }.create(&ctx, input).await
}

async fn tenant_update(
    State(ctx): State<Ctx>,
    of: OfTenant,
    Last(key): Last,
    Body(input): Body<UpdateKeyInput>,
) -> Result<Json<KeyView>> {
    of.machine().update(&ctx, &key, input).await
}

async fn tenant_rotate(
    State(ctx): State<Ctx>,
    of: OfTenant,
    Last(key): Last,
    Body(input): Body<RotateKeyInput>,
) -> Result<Json<MadeView>> {
    of.machine().rotate(&ctx, &key, input).await
}

async fn tenant_revoke(State(ctx): State<Ctx>, of: OfTenant, Last(key): Last, _: Body<Nothing>) -> Result<StatusCode> {
    of.machine().revoke(&ctx, &key).await
}

//! All tenants: list, make.

use axum::{
    Json,
    extract::{FromRequestParts, RawQuery, State},
};
use guardhouse_core::{email::DisplayName, ids::TenantId};
use http::{StatusCode, request::Parts};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    features::tenants::{
        rules::{self, NewTenant},
        slug::Slug,
        view::TenantView,
    },
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            input::Body,
            page::{PageQuery, parameters},
            route::{Guard, Route},
        },
        principal::{By, Caller},
        tenants,
    },
};

input! {
    /// A tenant to be made.
    pub struct CreateTenantInput {
        /// What it is called.
        name: DisplayName,
        /// Its name in URLs and login forms; made from what it is called where there is none.
        slug: Option<Slug>,
    }
}

#[derive(Serialize, ToSchema)]
struct Tenants {
    /// The newest first.
    data: Vec<TenantView>,
    /// What to send as `cursor` for the next page.
    #[schema(value_type = Option<String>)]
    next_cursor: Option<TenantId>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/tenants", Guard::Permission("tenants:read"), list, "List and search tenants")
            .query("q", "Part of a name or a slug")
            .paged()
            .answers::<Tenants>(StatusCode::OK, "The newest first"),
        Route::post("/api/admin/tenants", Guard::Permission("tenants:write"), create, "Make a tenant")
            .about("Whoever makes it is its first owner, unless a service account does.")
            .takes::<CreateTenantInput>(json!({"name": "Acme Corp.", "slug": "acme"}))
            .answers::<TenantView>(StatusCode::CREATED, "The tenant")
            .refuses(&[Code::ValidationFailed, Code::Conflict]),
    ]
}

/// As long as a name.
const MAX_WORDS: usize = 200;

#[derive(Default)]
struct Query {
    words: String,
    page: PageQuery<TenantId>,
}

impl FromRequestParts<Ctx> for Query {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, ctx).await.map_err(Error::internal)?;
        let mut read = Self::default();
        parameters(query.as_deref().unwrap_or_default(), |name, value| read.take(name, value))?;
        Ok(read)
    }
}

impl Query {
    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "q" if value.len() > MAX_WORDS => return Err(format!("has at most {MAX_WORDS} bytes")),
            // PostgreSQL takes no NUL in a text.
            "q" if value.chars().any(char::is_control) => return Err("has a control character".to_owned()),
            "q" => value.trim().clone_into(&mut self.words),
            _ => self.page.take(name, value)?,
        }
        Ok(())
    }
}

async fn list(State(ctx): State<Ctx>, query: Query) -> Result<Json<Tenants>> {
    // One more than wanted tells whether there is a next page.
    let mut found = tenants::list(&ctx, &query.words, query.page.cursor, query.page.limit + 1).await?;
    let more = found.len() > query.page.limit as usize;
    found.truncate(query.page.limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|tenant| tenant.id);
    Ok(Json(Tenants { data: found.iter().map(TenantView::from).collect(), next_cursor }))
}

async fn create(
    State(ctx): State<Ctx>,
    by: By,
    Caller(principal): Caller,
    Body(input): Body<CreateTenantInput>,
) -> Result<(StatusCode, Json<TenantView>)> {
    let owner = principal.session.map(|_| principal.subject);
    let tenant = rules::create(&ctx, &by, NewTenant { name: input.name, slug: input.slug, owner }).await?;
    Ok((StatusCode::CREATED, Json(TenantView::from(&tenant))))
}

//! The queries of the lists.

use axum::extract::{FromRequestParts, RawQuery};
use guardhouse_core::{
    ids::{BindingId, TenantId},
    scope::{ResourceId, ResourceType},
};
use http::request::Parts;

use crate::kernel::{
    accounts::BindingFilter,
    ctx::Ctx,
    errors::{Error, Result},
    http::page::{PageQuery, parameters},
};

/// What the parameter that names a tenant means.
pub(super) const TENANT: (&str, &str) =
    ("tenant_id", "The tenant whose they are; else the one acted in, or those of everywhere");

/// Which tenant is asked for, and which page of the list.
#[derive(Debug, Default)]
pub(super) struct Scoped {
    pub(super) tenant: Option<TenantId>,
    pub(super) page: PageQuery<String>,
}

impl FromRequestParts<Ctx> for Scoped {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, ctx).await.map_err(Error::internal)?;
        let mut scoped = Self::default();
        parameters(query.as_deref().unwrap_or_default(), |name, value| match name {
            "tenant_id" => parsed(value).map(|tenant| scoped.tenant = Some(tenant)),
            _ => after(&mut scoped.page, name, value),
        })?;
        Ok(scoped)
    }
}

/// A page of a list by name.
#[derive(Debug, Default)]
pub(super) struct Names(pub(super) PageQuery<String>);

impl FromRequestParts<Ctx> for Names {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, ctx).await.map_err(Error::internal)?;
        let mut names = Self::default();
        parameters(query.as_deref().unwrap_or_default(), |name, value| after(&mut names.0, name, value))?;
        Ok(names)
    }
}

/// No database takes a name with control characters.
fn after(page: &mut PageQuery<String>, name: &str, value: &str) -> Result<(), String> {
    if value.chars().any(char::is_control) {
        return Err("has a control character".to_owned());
    }
    page.take(name, value)
}

/// Which bindings are asked for.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    pub(super) filter: BindingFilter,
    pub(super) page: PageQuery<BindingId>,
}

impl FromRequestParts<Ctx> for Bindings {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, ctx).await.map_err(Error::internal)?;
        let mut wanted = Self::default();
        parameters(query.as_deref().unwrap_or_default(), |name, value| take(&mut wanted, name, value))?;
        Ok(wanted)
    }
}

fn take(wanted: &mut Bindings, name: &str, value: &str) -> Result<(), String> {
    let filter = &mut wanted.filter;
    match name {
        "tenant_id" => filter.tenant = Some(parsed(value)?),
        "subject" => filter.subject = Some(parsed(value)?),
        "role" => filter.role = Some(parsed::<guardhouse_core::permission::RoleName>(value)?.to_string()),
        "resource_type" => filter.resource_type = Some(parsed::<ResourceType>(value)?.as_str().to_owned()),
        "resource_id" => filter.resource_id = Some(parsed::<ResourceId>(value)?.as_str().to_owned()),
        _ => wanted.page.take(name, value)?,
    }
    Ok(())
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(value: &str) -> Result<T, String> {
    value.parse().map_err(|error: T::Err| error.to_string())
}

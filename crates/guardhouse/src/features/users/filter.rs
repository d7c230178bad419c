//! The query of the list.

use axum::extract::{FromRequestParts, RawQuery};
use guardhouse_core::ids::AccountId;
use http::request::Parts;

use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
    http::page::{PageQuery, parameters},
};

/// No address is longer.
const MAX_WORDS: usize = 254;

/// The parameters, for the API description.
pub(super) const PARAMETERS: [(&str, &str); 3] = [
    ("q", "Part of an e-mail address or a name"),
    ("limit", "How many, 50 unless told and at most 200"),
    ("cursor", "The `next_cursor` of the page before"),
];

/// Which accounts are wanted.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub(super) words: String,
    pub(super) page: PageQuery<AccountId>,
}

impl FromRequestParts<Ctx> for Query {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, ctx).await.map_err(Error::internal)?;
        read(query.as_deref().unwrap_or_default())
    }
}

fn read(text: &str) -> Result<Query> {
    let mut query = Query::default();
    parameters(text, |name, value| take(&mut query, name, value))?;
    Ok(query)
}

fn take(query: &mut Query, name: &str, value: &str) -> Result<(), String> {
    match name {
        "q" if value.len() > MAX_WORDS => return Err(format!("has at most {MAX_WORDS} bytes")),
        // PostgreSQL takes no NUL in a text.
        "q" if value.chars().any(char::is_control) => return Err("has a control character".to_owned()),
        "q" => value.trim().clone_into(&mut query.words),
        _ => query.page.take(name, value)?,
    }
    Ok(())
}

//! The query of the list.

use axum::extract::{FromRequestParts, RawQuery};
use guardhouse_core::ids::AccountId;
use http::request::Parts;

use crate::kernel::{
    ctx::Ctx,
    errors::{Detail, Error, Result},
};

const PAGE: u32 = 50;
const MAX_PAGE: u32 = 200;
/// No address is longer.
const MAX_WORDS: usize = 254;

/// The parameters, for the API description.
pub(super) const PARAMETERS: [(&str, &str); 3] = [
    ("q", "Part of an e-mail address or a name"),
    ("limit", "How many, 50 unless told and at most 200"),
    ("cursor", "The `next_cursor` of the page before"),
];

/// Which accounts are wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) words: String,
    pub(super) limit: u32,
    pub(super) cursor: Option<AccountId>,
}

impl FromRequestParts<Ctx> for Query {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, ctx).await.map_err(Error::internal)?;
        read(query.as_deref().unwrap_or_default())
    }
}

fn read(text: &str) -> Result<Query> {
    let mut query = Query { words: String::new(), limit: PAGE, cursor: None };
    let mut seen = Vec::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()).take(8) {
        let told =
            if seen.contains(&name) { Err("is given twice".to_owned()) } else { take(&mut query, &name, &value) };
        if let Err(message) = told {
            let name: String = name.chars().take(64).collect();
            return Err(Error::validation(vec![Detail::new(name, "INVALID_PARAMETER", message)]));
        }
        seen.push(name);
    }
    Ok(query)
}

fn take(query: &mut Query, name: &str, value: &str) -> Result<(), String> {
    match name {
        "q" if value.len() > MAX_WORDS => return Err(format!("has at most {MAX_WORDS} bytes")),
        // PostgreSQL takes no NUL in a text.
        "q" if value.chars().any(char::is_control) => return Err("has a control character".to_owned()),
        "q" => value.trim().clone_into(&mut query.words),
        "cursor" => query.cursor = Some(value.parse().map_err(|_| "is no cursor of this list".to_owned())?),
        "limit" => {
            let limit = value.parse().ok().filter(|limit| (1..=MAX_PAGE).contains(limit));
            query.limit = limit.ok_or_else(|| format!("is a number from 1 to {MAX_PAGE}"))?;
        }
        _ => return Err("is not a parameter of this list".to_owned()),
    }
    Ok(())
}

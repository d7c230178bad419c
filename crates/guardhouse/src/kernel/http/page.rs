//! `?limit=` and `?cursor=` of lists that take nothing else.

use std::{fmt::Display, str::FromStr};

use axum::extract::{FromRequestParts, RawQuery};
use http::request::Parts;

use crate::kernel::{
    ctx::Ctx,
    errors::{Detail, Error, Result},
};

const PAGE: u32 = 50;
const MOST: u32 = 200;

/// Which page of a list; `C` is what its cursor reads as. Unknown, repeated and unreadable parameters are refused by
/// name.
#[derive(Debug)]
pub struct PageQuery<C> {
    /// How many.
    pub limit: u32,
    /// The last of the page before.
    pub cursor: Option<C>,
}

/// The parameters, for the API description.
pub const PARAMETERS: [(&str, &str); 2] =
    [("limit", "How many, 50 unless told and at most 200"), ("cursor", "The `next_cursor` of the page before")];

impl<C: FromStr<Err: Display>> FromRequestParts<Ctx> for PageQuery<C> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, ctx).await.map_err(Error::internal)?;
        read(query.as_deref().unwrap_or_default())
    }
}

fn read<C: FromStr<Err: Display>>(query: &str) -> Result<PageQuery<C>> {
    let mut page = PageQuery { limit: PAGE, cursor: None };
    let mut faults = Vec::new();
    let mut seen = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).take(32) {
        let told = if seen.contains(&name) { Err("is given twice".to_owned()) } else { page.take(&name, &value) };
        if let Err(message) = told {
            faults.push(Detail::new(name.chars().take(64).collect::<String>(), "INVALID_PARAMETER", message));
        }
        seen.push(name);
    }
    if faults.is_empty() { Ok(page) } else { Err(Error::validation(faults)) }
}

impl<C: FromStr<Err: Display>> PageQuery<C> {
    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "cursor" => self.cursor = Some(value.parse().map_err(|error: C::Err| error.to_string())?),
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=MOST).contains(limit));
                self.limit = limit.ok_or_else(|| format!("is a number from 1 to {MOST}"))?;
            }
            _ => return Err("is not a parameter of this list".to_owned()),
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_whole_or_refused_by_name_d3() {
        let page: PageQuery<i64> = read("limit=7&cursor=9").unwrap();
        assert_eq!((page.limit, page.cursor), (7, Some(9)));
        assert_eq!(read::<i64>("").unwrap().limit, PAGE);
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("cursor=x", "cursor"),
            ("q=1", "q"),
            ("limit=1&limit=1", "limit"),
        ] {
            assert_eq!(read::<i64>(query).unwrap_err().details()[0].field, field, "{query}");
        }
    }
}

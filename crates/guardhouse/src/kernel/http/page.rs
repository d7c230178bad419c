//! `?limit=` and `?cursor=`, of which every list is made, and the reading of query strings.

use std::{fmt::Display, str::FromStr};

use axum::extract::{FromRequestParts, RawQuery};
use http::request::Parts;

use crate::kernel::{
    ctx::Ctx,
    errors::{Detail, Error, Result},
};

const PAGE: u32 = 50;
const MOST: u32 = 200;
/// More than any list knows.
const MOST_PARAMETERS: usize = 16;

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
    let mut page = PageQuery::default();
    parameters(query, |name, value| page.take(name, value))?;
    Ok(page)
}

/// Hands each parameter of a query string to `take`, which says what is wrong with it.
///
/// # Errors
/// `VALIDATION_FAILED` with every parameter that `take` refused, that was given twice, or that is one too many.
pub fn parameters(query: &str, mut take: impl FnMut(&str, &str) -> Result<(), String>) -> Result<()> {
    let mut faults = Vec::new();
    let mut seen = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).take(MOST_PARAMETERS + 1) {
        let told = if seen.len() == MOST_PARAMETERS {
            Err("is one parameter too many".to_owned())
        } else if seen.contains(&name) {
            Err("is given twice".to_owned())
        } else {
            take(&name, &value)
        };
        if let Err(message) = told {
            faults.push(Detail::new(name.chars().take(64).collect::<String>(), "INVALID_PARAMETER", message));
        }
        seen.push(name);
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::validation(faults)) }
}

impl<C> Default for PageQuery<C> {
    fn default() -> Self {
        Self { limit: PAGE, cursor: None }
    }
}

impl<C: FromStr<Err: Display>> PageQuery<C> {
    /// Takes `limit` or `cursor`; for lists that know more parameters, after their own.
    ///
    /// # Errors
    /// What is wrong with the parameter, for [`parameters`].
    pub fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
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
            ("&&limit=1&cursor=1&limit=0", "limit"),
        ] {
            assert_eq!(read::<i64>(query).unwrap_err().details()[0].field, field, "{query}");
        }
    }

    #[test]
    fn what_lies_beyond_the_bound_is_refused_not_ignored_d3() {
        let known = (0..MOST_PARAMETERS).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert!(parameters(&known, |_, _| Ok(())).is_ok());
        let error = parameters(&format!("{known}&action=x"), |_, _| Ok(())).unwrap_err();
        assert_eq!(error.details()[0].field, "action");
    }
}

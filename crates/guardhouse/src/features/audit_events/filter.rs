use std::str::FromStr;

use axum::extract::{FromRequestParts, RawQuery};
use http::request::Parts;

use crate::kernel::{
    audit::{Filter, MAX_PAGE},
    ctx::Ctx,
    errors::{Detail, Error, Result},
};

const PAGE: u32 = 50;
const OUTCOMES: [&str; 3] = ["success", "failure", "denied"];
/// Longer than any action's name.
const MAX_ACTION: usize = 64;

/// The parameters of the list, for the API description.
pub(super) const PARAMETERS: [(&str, &str); 8] = [
    ("subject", "Events about this account (`usr_…`)"),
    ("actor", "Events by this account (`usr_…`)"),
    ("action", "Events whose action begins so: `password.` or `password.login`"),
    ("outcome", "`success`, `failure` or `denied`"),
    ("since", "From this moment on (RFC 3339)"),
    ("until", "Before this moment (RFC 3339)"),
    ("limit", "How many, 50 unless told and at most 200"),
    ("cursor", "The `next_cursor` of the page before"),
];

/// The filter of a query string. Unknown, repeated and unreadable parameters are refused by name.
pub(super) struct Query(pub(super) Filter);

impl FromRequestParts<Ctx> for Query {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, ctx).await.map_err(Error::internal)?;
        read(query.as_deref().unwrap_or_default()).map(Self)
    }
}

fn read(query: &str) -> Result<Filter> {
    let mut filter = Filter { limit: PAGE, ..Filter::default() };
    let mut faults = Vec::new();
    let mut seen = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).take(32) {
        let told =
            if seen.contains(&name) { Err("is given twice".to_owned()) } else { take(&mut filter, &name, &value) };
        if let Err(message) = told {
            faults.push(Detail::new(name.chars().take(64).collect::<String>(), "INVALID_PARAMETER", message));
        }
        seen.push(name);
    }
    if faults.is_empty() { Ok(filter) } else { Err(Error::validation(faults)) }
}

fn take(filter: &mut Filter, name: &str, value: &str) -> Result<(), String> {
    match name {
        "subject" => filter.subject = Some(parsed(value)?),
        "actor" => filter.actor = Some(parsed(value)?),
        "since" => filter.since = Some(parsed(value)?),
        "until" => filter.until = Some(parsed(value)?),
        "cursor" => filter.cursor = Some(parsed(value)?),
        "action" if value.len() <= MAX_ACTION => filter.action = Some(value.to_owned()),
        "action" => return Err(format!("has at most {MAX_ACTION} characters")),
        "outcome" if OUTCOMES.contains(&value) => filter.outcome = Some(value.to_owned()),
        "outcome" => return Err("is `success`, `failure` or `denied`".to_owned()),
        "limit" => {
            let limit = value.parse().ok().filter(|limit| (1..=MAX_PAGE).contains(limit));
            filter.limit = limit.ok_or_else(|| format!("is a number from 1 to {MAX_PAGE}"))?;
        }
        _ => return Err("is not a parameter of this list".to_owned()),
    }
    Ok(())
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(value: &str) -> Result<T, String> {
    value.parse().map_err(|error: T::Err| error.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_whole_or_refused_by_name_d3() {
        let filter = read("action=password.&outcome=failure&limit=7&since=2026-01-02T03%3A04%3A05Z").unwrap();
        assert_eq!((filter.action.as_deref(), filter.limit), (Some("password."), 7));
        assert_eq!(filter.since.unwrap().to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(read("").unwrap().limit, PAGE);
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=%27%20or%201%3D1", "limit"),
            ("outcome=any", "outcome"),
            ("subject=1", "subject"),
            ("cursor=evt_x%27%3B--", "cursor"),
            ("until=yesterday", "until"),
            ("sort=at", "sort"),
            ("limit=1&limit=2", "limit"),
        ] {
            assert_eq!(read(query).unwrap_err().details()[0].field, field, "{query}");
        }
    }
}

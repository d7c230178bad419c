use std::str::FromStr;

use axum::extract::{FromRequestParts, RawQuery};
use guardhouse_core::ids::EventId;
use http::request::Parts;

use crate::kernel::{
    audit::Filter,
    ctx::Ctx,
    errors::{Error, Result},
    http::page::{PageQuery, parameters},
};

const OUTCOMES: [&str; 3] = ["success", "failure", "denied"];
/// Longer than any action's name.
const MAX_ACTION: usize = 64;

/// The parameters of the list, for the API description.
pub(super) const PARAMETERS: [(&str, &str); 9] = [
    ("subject", "Events about this account (`usr_…`)"),
    ("actor", "Events by this account (`usr_…`)"),
    ("tenant", "Events in this tenant (`ten_…`)"),
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
    let mut filter = Filter::default();
    let mut page = PageQuery::default();
    parameters(query, |name, value| take(&mut filter, &mut page, name, value))?;
    Ok(Filter { limit: page.limit, cursor: page.cursor, ..filter })
}

fn take(filter: &mut Filter, page: &mut PageQuery<EventId>, name: &str, value: &str) -> Result<(), String> {
    match name {
        "subject" => filter.subject = Some(parsed(value)?),
        "actor" => filter.actor = Some(parsed(value)?),
        "tenant" => filter.tenant = Some(parsed(value)?),
        "since" => filter.since = Some(parsed(value)?),
        "until" => filter.until = Some(parsed(value)?),
        // PostgreSQL takes no NUL in a text.
        "action" if value.chars().any(char::is_control) => return Err("has no control characters".to_owned()),
        "action" if value.len() <= MAX_ACTION => filter.action = Some(value.to_owned()),
        "action" => return Err(format!("has at most {MAX_ACTION} characters")),
        "outcome" if OUTCOMES.contains(&value) => filter.outcome = Some(value.to_owned()),
        "outcome" => return Err("is `success`, `failure` or `denied`".to_owned()),
        _ => page.take(name, value)?,
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
        assert_eq!(read("").unwrap().limit, 50);
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=%27%20or%201%3D1", "limit"),
            ("outcome=any", "outcome"),
            ("subject=1", "subject"),
            ("cursor=evt_x%27%3B--", "cursor"),
            ("until=yesterday", "until"),
            ("action=%00", "action"),
            ("action=password.%0a", "action"),
            ("sort=at", "sort"),
            ("limit=1&limit=2", "limit"),
        ] {
            assert_eq!(read(query).unwrap_err().details()[0].field, field, "{query}");
        }
    }
}

//! The audit log, here or there.

use std::pin::pin;

use axum::body::Bytes;
use clap::Args;
use futures_util::TryStreamExt as _;
use guardhouse::kernel::audit::{self, Filter, MAX_PAGE};
use guardhouse_core::{ids::AccountId, time::Timestamp};
use serde_json::Value;

use super::{Data, Page, all_shown, read, shown};
use crate::failure::Failure;

const EVENTS: &str = "audit-events";

/// Which events are wanted.
#[derive(Args, Debug)]
pub(crate) struct Which {
    /// Only about this user: e-mail address or id
    #[arg(long)]
    user: Option<String>,
    /// Only actions that begin so: `password.`
    #[arg(long)]
    action: Option<String>,
    /// From this moment on (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Before this moment (RFC 3339)
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

impl Which {
    /// The filter, its user looked up.
    pub(crate) async fn filter(self, data: Data<'_>) -> Result<Filter, Failure> {
        let subject: Option<AccountId> = match self.user {
            Some(user) => Some(data.user_id(&user).await?),
            None => None,
        };
        let Self { action, since, until, .. } = self;
        Ok(Filter { subject, action, since, until, limit: MAX_PAGE, ..Filter::default() })
    }
}

impl Data<'_> {
    /// The newest events, the newest first.
    pub(crate) async fn events(self, filter: &Filter) -> Result<Vec<Value>, Failure> {
        match self {
            Self::Database(ctx) => all_shown(&audit::list(ctx, filter).await?.events),
            Self::Server(remote) => {
                let limit = filter.limit.to_string();
                let mut query = parameters(filter);
                query.push(("limit", Some(limit)));
                let page: Page = read(remote.get(&[EVENTS], &borrowed(&query)).await?)?;
                Ok(page.data)
            }
        }
    }

    /// All events as NDJSON, handed over piece by piece as they come.
    pub(crate) async fn export(
        self,
        filter: Filter,
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match self {
            Self::Database(ctx) => {
                let mut pages = pin!(audit::export(ctx.clone(), filter));
                while let Some(page) = pages.try_next().await? {
                    let page: Bytes = page;
                    take(&page)?;
                }
                Ok(())
            }
            Self::Server(remote) => remote.stream(&[EVENTS, "export"], &borrowed(&parameters(&filter)), take).await,
        }
    }

    /// What a look at the whole log finds; on the database `seen` is told how many events were looked at.
    pub(crate) async fn verify(self, seen: impl Fn(u64)) -> Result<Value, Failure> {
        match self {
            Self::Database(ctx) => shown(&audit::verify_seen(ctx, seen).await?),
            Self::Server(remote) => remote.get(&[EVENTS, "verify"], &[]).await,
        }
    }
}

type Parameter = (&'static str, Option<String>);

fn parameters(filter: &Filter) -> Vec<Parameter> {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    vec![
        ("subject", filter.subject.map(|id| id.to_string())),
        ("action", filter.action.clone()),
        ("since", time(filter.since)),
        ("until", time(filter.until)),
    ]
}

fn borrowed(parameters: &[Parameter]) -> Vec<(&'static str, Option<&str>)> {
    parameters.iter().map(|(name, value)| (*name, value.as_deref())).collect()
}

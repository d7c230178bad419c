use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::{Stream, stream};
use guardhouse_core::{
    ids::{AccountId, EventId, Id, Kind, SessionId, TenantId},
    master_key::KeyRing,
    time::{Span, Timestamp},
};
use guardhouse_store::{Value, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::{row::EventRow, store};
use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
};

/// The most events of one page.
pub const MAX_PAGE: u32 = 200;
/// Events read at a time for an export.
const EXPORT_PAGE: u32 = 500;
const AHEAD: Span = Span::minutes(1);

/// Which events are wanted; nothing set is all of them.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// About this account.
    pub subject: Option<AccountId>,
    /// By this account.
    pub actor: Option<AccountId>,
    /// In this tenant.
    pub tenant: Option<TenantId>,
    /// Whose action begins so: `password.` or `password.login`.
    pub action: Option<String>,
    /// `success`, `failure` or `denied`.
    pub outcome: Option<String>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// After this event in the order of the list: the last of the page before.
    pub cursor: Option<EventId>,
    /// At most so many.
    pub limit: u32,
}

/// An event as lists and exports show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventView {
    /// `evt_…`
    #[schema(value_type = String, example = "evt_01h455vb4pex5vsknk084sn02q")]
    pub id: EventId,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub at: Timestamp,
    /// What happened, `feature.act`.
    #[schema(example = "password.login")]
    pub action: String,
    /// `success`, `failure` or `denied`.
    #[schema(example = "success")]
    pub outcome: String,
    /// The account it happened to.
    pub subject: Option<String>,
    /// The account that did it.
    pub actor: Option<String>,
    /// The tenant it happened in.
    pub tenant: Option<String>,
    /// The session it happened in, or to.
    pub session: Option<String>,
    /// The network address it was asked from.
    pub ip: Option<String>,
    /// What the caller calls its browser or program.
    pub user_agent: Option<String>,
    /// The request's id, as in the answer and the server's log.
    pub request_id: Option<String>,
    /// More about it.
    #[schema(value_type = Object)]
    pub details: serde_json::Map<String, serde_json::Value>,
    /// Whether what is personal in it was erased.
    pub erased: bool,
}

fn text<K: Kind>(id: Option<[u8; 16]>) -> Option<String> {
    id.map(|bytes| Id::<K>::from_bytes(bytes).to_string())
}

impl EventView {
    pub(super) fn of(row: &EventRow, ring: &KeyRing) -> Self {
        let personal = row.open(ring);
        Self {
            id: row.id,
            at: row.at,
            action: row.action.clone(),
            outcome: row.outcome.clone(),
            subject: text::<guardhouse_core::ids::Account>(row.subject),
            actor: text::<guardhouse_core::ids::Account>(row.actor),
            tenant: row.tenant.map(|bytes| TenantId::from_bytes(bytes).to_string()),
            session: row.session.map(|bytes| SessionId::from_bytes(bytes).to_string()),
            ip: personal.ip,
            user_agent: personal.user_agent,
            request_id: row.request_id.clone(),
            details: personal.details,
            erased: row.is_erased(),
        }
    }
}

impl EventView {
    /// The event as its subject sees it: where somebody else acted, nothing of that person's device and network.
    #[must_use]
    pub fn shown_to(mut self, subject: AccountId) -> Self {
        if self.actor.as_ref().is_some_and(|actor| *actor != subject.to_string()) {
            (self.ip, self.user_agent, self.session) = (None, None, None);
        }
        self
    }
}

/// A page of events.
#[derive(Clone, Debug)]
pub struct EventPage {
    /// The events, the newest first.
    pub events: Vec<EventView>,
    /// The cursor of the next page, where there is one.
    pub next: Option<EventId>,
}

/// The smallest id of a moment: ids begin with their milliseconds (RFC 9562, section 5.7).
fn first_id(at: Timestamp) -> EventId {
    let millis = u128::from(u64::try_from(at.0.div_euclid(1000)).unwrap_or(0));
    EventId::from_bytes((millis << 80).to_be_bytes())
}

impl Filter {
    fn params(&self, limit: i64) -> Vec<Value> {
        // Times narrow the range of ids, so that a look at last year does not walk through this one. Ids may
        // run a little ahead of the clock.
        let ceiling = self.until.map_or(EventId::from_bytes([0xff; 16]), |until| first_id(until + AHEAD));
        let below = self.cursor.map_or(ceiling, |cursor| cursor.min(ceiling));
        let from = self.since.map_or(EventId::from_bytes([0; 16]), first_id);
        params![
            below,
            from,
            self.since.unwrap_or(Timestamp(0)),
            self.until.unwrap_or(Timestamp(i64::MAX)),
            self.action.as_deref().unwrap_or_default(),
            self.outcome.as_deref().unwrap_or_default(),
            limit
        ]
    }

    async fn rows(&self, ctx: &Ctx, limit: u32) -> Result<Vec<EventRow>> {
        let mut params = self.params(i64::from(limit));
        if let Some(tenant) = self.tenant {
            params.extend(params![tenant, self.subject, self.actor]);
            return EventRow::read_all(&ctx.db.scan(&store::LIST_OF_TENANT, params).await?);
        }
        let statement = match (self.subject, self.actor) {
            (None, None) => &store::LIST,
            (Some(subject), None) => {
                params.push(subject.into());
                &store::LIST_OF_SUBJECT
            }
            (None, Some(actor)) => {
                params.push(actor.into());
                &store::LIST_OF_ACTOR
            }
            (Some(subject), Some(actor)) => {
                params.extend([subject.into(), actor.into()]);
                &store::LIST_OF_BOTH
            }
        };
        EventRow::read_all(&ctx.db.scan(statement, params).await?)
    }
}

/// The newest events that pass the filter.
pub async fn list(ctx: &Ctx, filter: &Filter) -> Result<EventPage> {
    let limit = filter.limit.clamp(1, MAX_PAGE) as usize;
    // One more than wanted tells whether there is a next page.
    let mut rows = filter.rows(ctx, u32::try_from(limit).unwrap_or(MAX_PAGE) + 1).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let events: Vec<_> = rows.iter().map(|row| EventView::of(row, &ctx.ring)).collect();
    let next = events.last().filter(|_| more).map(|event| event.id);
    Ok(EventPage { events, next })
}

/// All events that pass the filter, one JSON object a line (NDJSON), the newest first. Read a page at a
/// time while the answer is sent.
pub fn export(ctx: Ctx, filter: Filter) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    let ctx = Arc::new(ctx);
    stream::try_unfold(Some(filter), move |filter| {
        let ctx = Arc::clone(&ctx);
        async move {
            let Some(mut filter) = filter else { return Ok(None) };
            let rows = filter.rows(&ctx, EXPORT_PAGE).await?;
            let Some(last) = rows.last() else { return Ok(None) };
            filter.cursor = Some(last.id);
            let full = rows.len() == EXPORT_PAGE as usize;
            Ok(Some((lines(&rows, &ctx.ring)?, full.then_some(filter))))
        }
    })
}

fn lines(rows: &[EventRow], ring: &KeyRing) -> Result<Bytes> {
    let mut out = BytesMut::new();
    for row in rows {
        serde_json::to_writer((&mut out).writer(), &EventView::of(row, ring)).map_err(Error::internal)?;
        out.put_u8(b'\n');
    }
    Ok(out.freeze())
}

use guardhouse_core::{
    ids::{EventId, NodeId},
    master_key::{KeyRing, Purpose},
    secret::{same, sha256},
    time::Timestamp,
};
use guardhouse_store::{Row, Value, params};
use serde::{Deserialize, Serialize};

use super::event::Event;
use crate::kernel::{ctx::Ctx, errors::Result};

/// A MAC with the id of the master key it was made under.
pub(super) type KeyedMac = Vec<u8>;

/// Makes a MAC of the audit log. `label` keeps rows, links and checkpoints apart.
pub(super) fn mac(ring: &KeyRing, label: &str, parts: &[&[u8]]) -> KeyedMac {
    let parts = [&[label.as_bytes()], parts].concat();
    ring.tag(Purpose::Audit, &parts).to_vec()
}

/// Whether a MAC is right, under whichever master key of the ring it was made.
pub(super) fn mac_is(ring: &KeyRing, label: &str, parts: &[&[u8]], shown: &[u8]) -> bool {
    let parts = [&[label.as_bytes()], parts].concat();
    ring.is_tag(Purpose::Audit, &parts, shown)
}

/// An event as the table has it.
#[derive(Clone, Debug)]
pub(super) struct EventRow {
    pub(super) id: EventId,
    pub(super) at: Timestamp,
    pub(super) node: NodeId,
    pub(super) action: String,
    pub(super) outcome: String,
    pub(super) subject: Option<[u8; 16]>,
    pub(super) actor: Option<[u8; 16]>,
    pub(super) tenant: Option<[u8; 16]>,
    pub(super) session: Option<[u8; 16]>,
    pub(super) request_id: Option<String>,
    /// [`Personal`] under the master key; empty once erased.
    pub(super) sealed: Vec<u8>,
    pub(super) sealed_digest: Vec<u8>,
    pub(super) digest: KeyedMac,
    pub(super) position: Option<i64>,
    pub(super) link: Option<KeyedMac>,
}

/// What is sealed and can be erased.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Personal {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_agent: Option<String>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub(super) details: serde_json::Map<String, serde_json::Value>,
}

fn context(id: EventId) -> Vec<u8> {
    [b"audit_events/".as_slice(), &id.bytes()].concat()
}

impl EventRow {
    pub(super) fn seal(ctx: &Ctx, event: Event) -> Self {
        let at = ctx.now();
        let id = ctx.audit.next_id(at);
        let who = event.who;
        let (ip, user_agent, request_id) = match who.client {
            Some(from) => (Some(from.ip.to_string()), from.user_agent, Some(from.request_id.to_string())),
            None => (None, None, None),
        };
        let details = event.details.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        let personal = Personal { ip, user_agent, details };
        let sealed = ctx.ring.seal(&context(id), &serde_json::to_vec(&personal).unwrap_or_default());
        let mut row = Self {
            id,
            at,
            node: ctx.node,
            action: event.action.to_owned(),
            outcome: event.outcome.as_str().to_owned(),
            subject: event.subject.map(|id| id.bytes()),
            actor: who.actor.map(|id| id.bytes()),
            tenant: event.tenant.map(|id| id.bytes()),
            session: who.session.map(|id| id.bytes()),
            request_id,
            sealed_digest: sha256(&sealed).to_vec(),
            sealed,
            digest: Vec::new(),
            position: None,
            link: None,
        };
        row.digest = row.with_parts(|parts| mac(&ctx.ring, "event", parts));
        row
    }

    /// All columns that the digest covers, in their order; a missing one is empty.
    fn with_parts<T>(&self, run: impl FnOnce(&[&[u8]]) -> T) -> T {
        let (id, at, node) = (self.id.bytes(), self.at.0.to_be_bytes(), self.node.bytes());
        let optional = |value: &'_ Option<[u8; 16]>| value.map(|bytes| bytes.to_vec()).unwrap_or_default();
        let (subject, actor) = (optional(&self.subject), optional(&self.actor));
        let (tenant, session) = (optional(&self.tenant), optional(&self.session));
        run(&[
            &id,
            &at,
            &node,
            self.action.as_bytes(),
            self.outcome.as_bytes(),
            &subject,
            &actor,
            &tenant,
            &session,
            self.request_id.as_deref().unwrap_or_default().as_bytes(),
            &self.sealed_digest,
        ])
    }

    /// Whether nothing in the row was changed since it was written, erasing aside.
    pub(super) fn is_authentic(&self, ring: &KeyRing) -> bool {
        let sealed_is = self.is_erased() || same(&sha256(&self.sealed), &self.sealed_digest);
        sealed_is && self.with_parts(|parts| mac_is(ring, "event", parts, &self.digest))
    }

    pub(super) fn is_erased(&self) -> bool {
        self.sealed.is_empty()
    }

    /// The personal part; empty when it was erased or its master key is gone.
    pub(super) fn open(&self, ring: &KeyRing) -> Personal {
        let plain = ring.open(&context(self.id), &self.sealed).ok();
        plain.and_then(|plain| serde_json::from_slice(&plain).ok()).unwrap_or_default()
    }

    /// For [`super::store::ADD`].
    pub(super) fn params(self) -> Vec<Value> {
        params![
            self.id,
            self.at,
            self.node,
            self.action,
            self.outcome,
            self.subject,
            self.actor,
            self.tenant,
            self.session,
            self.request_id,
            self.sealed,
            self.sealed_digest,
            self.digest
        ]
    }

    pub(super) fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: EventId::from_bytes(row.id16(0)?),
            at: Timestamp(row.int(1)?),
            node: NodeId::from_bytes(row.id16(2)?),
            action: row.text(3)?,
            outcome: row.text(4)?,
            subject: row.opt_id16(5)?,
            actor: row.opt_id16(6)?,
            tenant: row.opt_id16(7)?,
            session: row.opt_id16(8)?,
            request_id: row.opt_text(9)?,
            sealed: row.bytes(10)?,
            sealed_digest: row.bytes(11)?,
            digest: row.bytes(12)?,
            position: row.opt_int(13)?,
            link: row.opt_bytes(14)?,
        })
    }

    pub(super) fn read_all(rows: &[Row]) -> Result<Vec<Self>> {
        rows.iter().map(Self::read).collect()
    }
}

use guardhouse_core::{email::EmailAddress, ids::LetterId, master_key::KeyRing, time::Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::templates::Template;
use crate::kernel::errors::{Error, Result};

/// A letter to be rendered from a template.
#[derive(Clone, Debug)]
pub struct Letter {
    /// To whom.
    pub to: EmailAddress,
    /// Which.
    pub template: &'static Template,
    /// What the template shows. Names that people choose do not belong here: a stranger who registers
    /// somebody else's address would have us send their words.
    pub context: minijinja::Value,
}

impl Letter {
    /// `context!` makes the context.
    pub fn new(to: EmailAddress, template: &'static Template, context: minijinja::Value) -> Self {
        Self { to, template, context }
    }
}

/// A letter as it is sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rendered {
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// A letter as `/dev/mailbox` shows it.
#[derive(Clone, Serialize, ToSchema)]
pub struct Posted {
    /// `mail_…`
    #[schema(value_type = String, example = "mail_01h455vb4pex5vsknk084sn02q")]
    pub id: LetterId,
    /// To whom.
    #[schema(example = "alice@example.com")]
    pub to: String,
    /// The subject.
    pub subject: String,
    /// For programs without HTML.
    pub text: String,
    /// For programs with HTML.
    pub html: String,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub sent_at: Timestamp,
}

fn context(id: LetterId) -> Vec<u8> {
    [b"mail/".as_slice(), &id.bytes()].concat()
}

impl Rendered {
    pub(super) fn seal(&self, ring: &KeyRing, id: LetterId) -> Result<Vec<u8>> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(self).map_err(Error::internal)?);
        Ok(ring.seal(&context(id), &plain))
    }

    pub(super) fn open(ring: &KeyRing, id: LetterId, sealed: &[u8]) -> Result<Self> {
        let plain = ring.open(&context(id), sealed).map_err(Error::internal)?;
        serde_json::from_slice(&plain).map_err(Error::internal)
    }

    pub(super) fn posted(self, id: LetterId, sent_at: Timestamp) -> Posted {
        Posted { id, to: self.to, subject: self.subject, text: self.text, html: self.html, sent_at }
    }
}

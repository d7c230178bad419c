//! Letters: written in the commit of the act that causes them, sent by background work (M-15, M-16).
//!
//! A letter is rendered at once and sealed, since it carries codes (`D4`). It goes to the SMTP server of
//! the settings, tried again for two days while that is down; in development without one it is kept for
//! `/dev/mailbox`. Links come from the configured public address alone (`A10`), and lettre's builder
//! encodes every header, so that no name or subject can add one (ASVS 1.3.11).

mod asked;
mod kept;
mod letter;
mod send;
mod smtp;
pub mod store;
mod templates;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

use guardhouse_core::{
    ids::{Id, LetterId},
    time::Timestamp,
};
use guardhouse_store::{
    Unit,
    jobs::{Job, enqueue},
    params,
};

pub use asked::{AddressLimit, Asked, LETTERS, leave, left, left_address, noted, refund, spare};
pub use kept::{by_master_key, left_by_master_key};
pub use letter::{Letter, Posted};
pub use minijinja::context;
pub use send::jobs;
pub use smtp::MailError;
pub use store::MIGRATIONS;
pub use templates::Template;

use super::{
    ctx::Ctx,
    errors::Result,
    settings::Settings,
    templates::{Files, TemplateError},
};
use letter::Rendered;
use smtp::Relay;
use templates::Letters;

/// The kind of job that sends a letter.
const KIND: &str = "mail";
/// With pauses that grow, so many attempts are two days.
const ATTEMPTS: u32 = 25;

/// Where letters go.
pub struct Mail {
    letters: Letters,
    way: Way,
}

enum Way {
    Relay(Box<Relay>),
    /// The table that `/dev/mailbox` shows.
    Kept,
    /// No SMTP server outside development: letters are dropped, which the log says.
    Nowhere,
}

impl Mail {
    /// Reads the section `mail`, and parses every kind of letter.
    ///
    /// # Errors
    /// [`MailError`] for what is no such URL, for one that would send in the clear, for a bad sender, for a letter
    /// that cannot be written.
    pub fn new(settings: &Settings, letters: Vec<&'static Template>, own: Files) -> Result<Self, MailError> {
        let way = match Relay::new(&settings.mail)? {
            Some(relay) => Way::Relay(Box::new(relay)),
            None if settings.profile.is_development() => Way::Kept,
            None => Way::Nowhere,
        };
        let letters = Letters::new(letters, settings.mail.help_url.as_deref(), own)?;
        if letters.any_own() {
            letters.try_out()?;
        }
        Ok(Self { letters, way })
    }

    /// Fills every letter in with its samples: text and HTML of each.
    ///
    /// # Errors
    /// [`TemplateError`] where one asks for what nobody gives it.
    pub fn try_out(&self) -> Result<Vec<(String, String)>, TemplateError> {
        self.letters.try_out()
    }

    /// Whether letters reach somebody.
    pub fn delivers(&self) -> bool {
        !matches!(self.way, Way::Nowhere)
    }

    /// Adds a letter to the unit of the act: both happen or neither.
    pub fn enqueue(&self, ctx: &Ctx, unit: Unit, letter: &Letter) -> Result<Unit> {
        let now = ctx.now();
        let rendered = self.letters.render(letter, &ctx.links)?;
        let mut job = Job::new(KIND, Vec::new(), now);
        let id = LetterId::from_bytes(job.id);
        let sealed = rendered.seal(&ctx.ring, id)?;
        Ok(match self.way {
            Way::Relay(_) => {
                (job.payload, job.max_attempts) = (sealed, ATTEMPTS);
                enqueue(unit, &job)
            }
            Way::Kept => unit.step(&store::KEEP, params![id, now, sealed]).step(&store::TRIM, params![]),
            Way::Nowhere => {
                tracing::warn!(template = letter.template.name, "a letter is dropped: `mail.smtp_url` is not set");
                unit
            }
        })
    }
}

/// The letters kept in development, the newest first.
pub async fn kept(ctx: &Ctx) -> Result<Vec<Posted>> {
    let rows = ctx.db.scan(&store::LIST, params![]).await?;
    rows.iter()
        .map(|row| {
            let id: LetterId = Id::from_bytes(row.id16(0)?);
            let rendered = Rendered::open(&ctx.ring, id, row.slice(2)?)?;
            Ok(rendered.posted(id, Timestamp(row.int(1)?)))
        })
        .collect()
}

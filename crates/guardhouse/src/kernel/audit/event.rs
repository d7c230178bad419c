use std::{fmt::Display, net::IpAddr, sync::Arc};

use guardhouse_core::{
    ids::{AccountId, SessionId, TenantId},
    principal::Principal,
};

use crate::kernel::http::client::Client;

/// The longest detail, in bytes.
const MAX_DETAIL: usize = 1024;
/// The most details of one event.
const MAX_DETAILS: usize = 16;

/// How an act ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was tried and went wrong, as with a wrong password.
    Failure,
    /// It was not permitted.
    Denied,
}

impl Outcome {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Denied => "denied",
        }
    }
}

/// Who acts, and from where. Empty for the server itself: schedules and the command line.
#[derive(Clone, Debug, Default)]
pub struct Who {
    pub(super) actor: Option<AccountId>,
    pub(super) session: Option<SessionId>,
    pub(super) client: Option<Origin>,
}

#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) ip: IpAddr,
    pub(super) user_agent: Option<String>,
    pub(super) request_id: Arc<str>,
}

impl Who {
    /// The server itself.
    pub fn system() -> Self {
        Self::default()
    }

    /// Somebody without an account, from where they are.
    pub fn at(client: &Client) -> Self {
        Self { client: Some(Origin::of(client)), ..Self::default() }
    }

    /// The maker of a request; where somebody acts in another's name, the one who really acts.
    pub fn of(principal: &Principal, client: &Client) -> Self {
        Self {
            actor: Some(principal.actor.unwrap_or(principal.subject)),
            session: principal.session,
            client: Some(Origin::of(client)),
        }
    }
}

impl Origin {
    fn of(client: &Client) -> Self {
        Self { ip: client.ip, user_agent: client.user_agent.clone(), request_id: Arc::clone(&client.request_id) }
    }
}

/// One entry of the log, before it is sealed. Never put a secret in: no password, token, code or link.
#[derive(Clone, Debug)]
#[must_use = "an event is nothing until it is a step of a unit or recorded"]
pub struct Event {
    pub(super) action: &'static str,
    pub(super) outcome: Outcome,
    pub(super) subject: Option<AccountId>,
    pub(super) tenant: Option<TenantId>,
    pub(super) who: Who,
    pub(super) details: Vec<(&'static str, String)>,
}

impl Event {
    /// What happened, `feature.act`, and how it ended.
    pub fn new(action: &'static str, outcome: Outcome) -> Self {
        Self { action, outcome, subject: None, tenant: None, who: Who::default(), details: Vec::new() }
    }

    /// What happened, `feature.act`.
    pub fn action(&self) -> &'static str {
        self.action
    }

    /// The account it happened to, where that is known.
    pub fn account(&self) -> Option<AccountId> {
        self.subject
    }

    /// The network address it came from, where that is known.
    pub fn ip(&self) -> Option<IpAddr> {
        self.who.client.as_ref().map(|origin| origin.ip)
    }

    /// The account it happened to.
    pub fn subject(mut self, account: AccountId) -> Self {
        self.subject = Some(account);
        self
    }

    /// The tenant it happened to: whoever reads the log of that tenant sees it. Where the caller's credential acts says
    /// nothing of that, so nothing but this sets it.
    pub fn tenant(mut self, tenant: impl Into<Option<TenantId>>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// Who did it, and from where.
    pub fn by(mut self, who: &Who) -> Self {
        self.who = who.clone();
        self
    }

    /// Who did it.
    pub fn actor(mut self, account: AccountId) -> Self {
        self.who.actor = Some(account);
        self
    }

    /// The session it happened in, or to.
    pub fn session(mut self, session: SessionId) -> Self {
        self.who.session = Some(session);
        self
    }

    /// From where: network address, browser, request id.
    pub fn client(mut self, client: &Client) -> Self {
        self.who.client = Some(Origin::of(client));
        self
    }

    /// The e-mail address that was named, known or not.
    pub fn email(self, email: impl Display) -> Self {
        self.detail("email", email)
    }

    /// One more thing worth knowing: a short text, cut to 1 KiB and freed of control characters, so
    /// that no entry can look like two (ASVS 16.4.1).
    pub fn detail(mut self, key: &'static str, value: impl Display) -> Self {
        if self.details.len() < MAX_DETAILS {
            self.details.push((key, short(&value.to_string())));
        }
        self
    }
}

/// At most [`MAX_DETAIL`] bytes on one line. Characters that turn the direction of text go as well:
/// they make a line read differently from what it says.
fn short(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let disruptive = c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let c = if disruptive { ' ' } else { c };
        if out.len() + c.len_utf8() > MAX_DETAIL {
            break;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_short_single_lines_16_4_1() {
        let forged = short("bob\r\n2026-01-02 login ok\u{202e}\u{2028}\u{85}");
        assert_eq!(forged, "bob  2026-01-02 login ok   ");
        assert_eq!(short(&"é".repeat(1000)).len(), MAX_DETAIL);
        let many = (0..100).fold(Event::new("x.y", Outcome::Success), |event, n| event.detail("n", n));
        assert_eq!(many.details.len(), MAX_DETAILS);
    }
}

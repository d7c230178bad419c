//! The ticket that a login waits with between its first proof and its second (`gdc_…`).
//!
//! It proves nothing but that the first factor was right: it signs nobody in (`J12`), is good for minutes and for one
//! login, and for none once the account's password or factors are others.

use std::{net::IpAddr, sync::Arc};

use guardhouse_core::{
    ids::{AccountId, CodeId, SessionId},
    opaque::MailedCode,
    secret,
    time::{Span, Timestamp},
};
use guardhouse_store::{Unit, params};
use serde::{Deserialize, Serialize};

use super::store;
use crate::kernel::{
    accounts::Account,
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    login::{Arrival, Delivery},
};

/// How long a ticket lives where the limit is off.
const LIFE: Span = Span::minutes(5);
/// Challenges of one ticket, since some are letters.
const CHALLENGES: i64 = 5;

/// What a login was going to be.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Waiting {
    /// How the first factor was proved.
    pub(super) amr: Vec<String>,
    cookie: bool,
    remember: bool,
    device_name: Option<String>,
    tenant: Option<String>,
    /// From where the first factor came.
    ip: Option<IpAddr>,
    user_agent: Option<String>,
}

impl Waiting {
    pub(super) fn new(amr: &[&'static str], arrival: &Arrival) -> Self {
        Self {
            amr: amr.iter().map(ToString::to_string).collect(),
            cookie: arrival.delivery == Delivery::Cookie,
            remember: arrival.remember,
            device_name: arrival.device_name.clone(),
            tenant: arrival.tenant.clone(),
            ip: Some(arrival.client.ip),
            user_agent: arrival.client.user_agent.clone(),
        }
    }

    /// From where the first factor came.
    pub(super) fn client(&self) -> Option<Client> {
        let (ip, user_agent) = (self.ip?, self.user_agent.clone());
        Some(Client { ip, user_agent, secure: false, loopback: false, request_id: Arc::default() })
    }

    /// Goes on as the login began; who asks now is known from the request that brings the second proof.
    pub(super) fn arrival(self, now: Arrival) -> Arrival {
        Arrival {
            delivery: if self.cookie { Delivery::Cookie } else { Delivery::Tokens },
            remember: self.remember,
            device_name: self.device_name,
            tenant: self.tenant,
            ..now
        }
    }
}

/// A ticket as it is kept.
pub(super) struct Ticket {
    pub(super) id: CodeId,
    pub(super) account: AccountId,
    /// The session whose person proves more, where it is no login.
    pub(super) session: Option<SessionId>,
    pub(super) waiting: Waiting,
    /// What the last challenge left, and of which method.
    pub(super) challenged: Option<(String, Vec<u8>)>,
}

/// The answer to every ticket that is used up, expired or never was.
pub(super) fn over() -> Error {
    Error::new(Code::InvalidToken, "This login waits no longer for its second factor. Begin anew.")
}

fn sealed_with(id: CodeId, part: &[u8]) -> Vec<u8> {
    [b"mfa_tickets/".as_slice(), part, b"/", &id.bytes()].concat()
}

/// How long tickets live, and how many answers each takes.
fn limit(ctx: &Ctx) -> (Span, i64) {
    ctx.settings.limits.mfa.rate().map_or((LIFE, i64::MAX), |rate| (rate.per, i64::from(rate.count)))
}

/// A ticket that was handed out.
pub(super) struct Issued {
    pub(super) id: CodeId,
    /// `gdc_…`
    pub(super) token: String,
    pub(super) life: Span,
}

/// Adds a new one to a unit.
pub(super) fn issue(
    ctx: &Ctx,
    unit: Unit,
    account: &Account,
    session: Option<SessionId>,
    waiting: &Waiting,
) -> Result<(Unit, Issued)> {
    let now = ctx.now();
    let (life, _) = limit(ctx);
    let id = CodeId::new(now);
    let code = MailedCode::new(id.bytes());
    let payload = serde_json::to_vec(waiting).map_err(Error::internal)?;
    let payload = ctx.ring.seal(&sealed_with(id, b"login"), &payload);
    let row = params![id, code.digest(), account.id, session, payload, now, now + life, account.device_epoch];
    Ok((unit.step(&store::INSERT, row), Issued { id, token: code.text(), life }))
}

/// What a row's login was going to be.
pub(super) fn waiting(ctx: &Ctx, id: CodeId, payload: &[u8]) -> Result<Waiting> {
    let payload = ctx.ring.open(&sealed_with(id, b"login"), payload).map_err(Error::internal)?;
    serde_json::from_slice(&payload).map_err(Error::internal)
}

/// The ticket that is shown.
pub(super) async fn find(ctx: &Ctx, token: &str) -> Result<Ticket> {
    let shown = MailedCode::parse(token).ok_or_else(over)?;
    let row = ctx.db.first(&store::FIND, params![shown.id, ctx.now()]).await?.ok_or_else(over)?;
    if !secret::same(row.slice(0)?, &shown.digest()) {
        return Err(over());
    }
    let id = CodeId::from_bytes(shown.id);
    let challenged = match (row.opt_text(4)?, row.opt_bytes(5)?) {
        (Some(method), Some(state)) => {
            Some((method, ctx.ring.open(&sealed_with(id, b"state"), &state).map_err(Error::internal)?.to_vec()))
        }
        _ => None,
    };
    Ok(Ticket {
        id,
        account: AccountId::from_bytes(row.id16(1)?),
        session: row.opt_id16(2)?.map(SessionId::from_bytes),
        waiting: waiting(ctx, id, row.slice(3)?)?,
        challenged,
    })
}

/// Adds to a unit, as a required step, that a challenge waits for its answer.
pub(super) fn challenge(ctx: &Ctx, unit: Unit, id: CodeId, method: &str, state: &[u8]) -> Unit {
    let state = ctx.ring.seal(&sealed_with(id, b"state"), state);
    unit.require(&store::CHALLENGE, params![id, ctx.now(), method, state, CHALLENGES])
}

/// Adds to a unit that one more answer is tried, as a step that touches nothing once there were too many.
pub(super) fn attempt(ctx: &Ctx, unit: Unit, id: CodeId) -> Unit {
    let (_, most) = limit(ctx);
    unit.step(&store::TRY, params![id, ctx.now(), most])
}

/// Adds to a unit, as a required step, that the ticket is used.
pub(super) fn consume(unit: Unit, id: CodeId, now: Timestamp) -> Unit {
    unit.require(&store::CONSUME, params![id, now])
}

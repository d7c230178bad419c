//! A session in another's name: no proof of that person, so it counts as none (`auth_time` is the epoch).

use guardhouse_core::{
    ids::{AccountId, GrantId, SessionId},
    opaque::{Stamped, StampedKind},
    principal::Assurance,
    secret,
    time::{Span, Timestamp},
};
use guardhouse_store::{Unit, params};

use super::{Carried, Entered, answer, disabled};
use crate::kernel::{
    accounts::{self, Account},
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::Result,
    http::client::Client,
    sessions::{self, NewGrant, NewSession},
    tokens::Issue,
};

/// The permission to act in another's name, asked for at each use of such a session.
pub const IMPERSONATE: &str = "users:impersonate";

/// Who acts in whose name.
pub struct Impersonation {
    /// In whose name.
    pub account: Account,
    /// Who really acts.
    pub actor: AccountId,
    /// For how long at most.
    pub life: Span,
    /// Why, for the audit log.
    pub reason: String,
}

/// Makes the session. Its owner sees it among their devices.
pub async fn impersonate(ctx: &Ctx, what: Impersonation, client: &Client) -> Result<Entered> {
    let Impersonation { account, actor, life, reason } = what;
    let now = ctx.now();
    let session = NewSession {
        id: SessionId::new(now),
        account: account.id,
        tenant: None,
        assurance: Assurance { amr: Vec::new(), auth_time: Timestamp(0) },
        expires_at: now + life,
        remember: false,
        cookie: false,
        device_name: Some("administrator".to_owned()),
        salt: secret::random(),
        actor: Some(actor),
    };
    let grant = NewGrant {
        id: GrantId::new(now),
        session: session.id,
        account: account.id,
        tenant: None,
        salt: secret::random(),
        expires_at: session.expires_at,
        limit_at: session.expires_at,
    };
    // On PostgreSQL this locks the row against a disabling at the same moment.
    let unit = Unit::new().require(&accounts::store::ENABLED, params![account.id]);
    let unit = sessions::create(unit, &session, client, now);
    let unit = sessions::create_grant(unit, &grant, client, now);
    let event = Event::new("users.impersonated", Outcome::Success)
        .subject(account.id)
        .actor(actor)
        .session(session.id)
        .client(client)
        .detail("reason", reason);
    ctx.db.run(ctx.audit.step(ctx, unit, event)).await?.done().ok_or_else(disabled)?;
    let carried = Carried::Tokens {
        refresh: Stamped::issue(&ctx.ring, StampedKind::Refresh, grant.id.bytes(), 1, &grant.salt),
        expires_at: grant.expires_at,
    };
    let whose = Issue {
        account: &account,
        session: session.id,
        until: session.expires_at,
        tenant: None,
        assurance: &session.assurance,
        actor: Some(actor),
    };
    answer::carried(ctx, &whose, &carried)
}

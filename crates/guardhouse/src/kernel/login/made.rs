//! A session about to be made, with the grant that its tokens hang on: what every new login has in common.

use guardhouse_core::{
    ids::{AccountId, GrantId, SessionId, TenantId},
    opaque::{Stamped, StampedKind},
    principal::Assurance,
    secret,
    time::{Span, Timestamp},
};
use guardhouse_store::Unit;

use super::{Admission, Delivery, answer::Carried};
use crate::kernel::{
    accounts::Account,
    ctx::Ctx,
    http::client::Client,
    sessions::{self, LiveSession, NewGrant, NewSession},
    tenants::Entry,
    tokens::Issue,
};

/// What is to be made.
pub(super) struct Wanted {
    /// Whose it is.
    pub(super) account: AccountId,
    /// How strongly the person proved who they are.
    pub(super) assurance: Assurance,
    /// How long it lasts whatever happens.
    pub(super) life: Span,
    /// Whether the person asked to be remembered.
    pub(super) remember: bool,
    /// What carries it.
    pub(super) delivery: Delivery,
    /// What the person calls the device.
    pub(super) device_name: Option<String>,
    /// The tenant to act in.
    pub(super) tenant: Option<Entry>,
    /// Who acts in the account's name.
    pub(super) actor: Option<AccountId>,
}

/// A session, and the grant where tokens carry it.
pub(super) struct Made {
    pub(super) session: NewSession,
    grant: Option<NewGrant>,
    tenant: Option<Entry>,
}

impl Made {
    pub(super) fn new(ctx: &Ctx, wanted: Wanted) -> Self {
        let now = ctx.now();
        let session = NewSession {
            id: SessionId::new(now),
            account: wanted.account,
            tenant: wanted.tenant.as_ref().map(|entry| entry.tenant),
            assurance: wanted.assurance,
            expires_at: now + wanted.life,
            remember: wanted.remember,
            cookie: wanted.delivery == Delivery::Cookie,
            device_name: wanted.device_name,
            salt: secret::random(),
            actor: wanted.actor,
        };
        let grant = (wanted.delivery == Delivery::Tokens)
            .then(|| grant_of(ctx, (session.id, session.account), session.tenant, session.expires_at));
        Self { session, grant, tenant: wanted.tenant }
    }

    /// Adds the rows to a unit.
    pub(super) fn add(&self, admission: Admission, ctx: &Ctx, unit: Unit, client: &Client) -> Unit {
        let now = ctx.now();
        let unit = sessions::create(admission, unit, &self.session, client, now);
        self.grant.iter().fold(unit, |unit, grant| sessions::create_grant(admission, unit, grant, client, now))
    }

    /// What carries the session: the first refresh token of its grant, or its first cookie.
    pub(super) fn carried(&self, ctx: &Ctx) -> Carried {
        let session = &self.session;
        match &self.grant {
            Some(grant) => Carried::Tokens {
                refresh: Stamped::issue(&ctx.ring, StampedKind::Refresh, grant.id.bytes(), 1, &grant.salt),
                expires_at: grant.expires_at,
            },
            None => Carried::Cookie {
                cookie: Stamped::issue(&ctx.ring, StampedKind::Cookie, session.id.bytes(), 1, &session.salt),
                life: session.remember.then(|| session.expires_at.since(ctx.now())),
            },
        }
    }

    /// What a token for it says.
    pub(super) fn whose<'a>(&'a self, account: &'a Account) -> Issue<'a> {
        let session = &self.session;
        Issue {
            account,
            session: session.id,
            until: session.expires_at,
            grant: self.grant.as_ref().map(|grant| grant.id),
            tenant: self.tenant.as_ref(),
            assurance: &session.assurance,
            actor: session.actor,
        }
    }
}

/// A grant of a session, for tokens of a tenant or of none.
pub(super) fn grant_of(
    ctx: &Ctx,
    (session, account): (SessionId, AccountId),
    tenant: Option<TenantId>,
    limit_at: Timestamp,
) -> NewGrant {
    let now = ctx.now();
    let expires_at = (now + ctx.settings.tokens.refresh_ttl).min(limit_at);
    NewGrant { id: GrantId::new(now), session, account, tenant, salt: secret::random(), expires_at, limit_at }
}

/// The cookie of a session that one carries already, in its present generation.
pub(super) fn cookie_of(ctx: &Ctx, session: &LiveSession) -> Carried {
    Carried::Cookie {
        cookie: Stamped::issue(&ctx.ring, StampedKind::Cookie, session.id.bytes(), session.generation, &session.salt),
        life: session.remember.then(|| session.expires_at.since(ctx.now())),
    }
}

//! Cookie sessions (M-04, M-37): the session cookie as a credential, and the token against cross-site forgery.
//!
//! The cookie names a session and its generation under a MAC (RFC 6265bis `__Host-` prefix); checking it asks no
//! database while the session is in memory.

mod routes;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

use std::sync::Arc;

use guardhouse_core::{
    ids::SessionId,
    opaque::{Stamped, StampedKind},
    principal::{CredentialKind, Principal},
};

use crate::kernel::{
    ctx::Ctx,
    errors::Result,
    feature::Feature,
    login,
    principal::{self, Authenticator, Key, Presented},
    sessions::{self, LiveSession},
};

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    authenticators: || vec![Authenticator { key: Key::Cookie, check: |ctx, sent| Box::pin(cookie(ctx, sent)) }],
    offers: |_, offers| offers.delivery.push("cookie"),
    ..Feature::named("cookies", "Sessions in a cookie that scripts cannot read, protected against cross-site forgery.")
};

async fn cookie(ctx: &Ctx, sent: Presented<'_>) -> Result<Principal> {
    let shown = Stamped::parse(StampedKind::Cookie, sent.value).ok_or_else(login::ended)?;
    let session = current(ctx, &shown).await?;
    ctx.stamps.seen(&session, ctx.now());
    let account = principal::account(ctx, session.account).await?;
    let in_tenant = principal::in_tenant(ctx, &account, session.tenant).await?;
    Ok(Principal {
        subject: session.account,
        tenant: session.tenant,
        credential: CredentialKind::Cookie,
        session: Some(session.id),
        grant: None,
        assurance: Some(Arc::clone(&session.assurance)),
        authority: Arc::clone(&account.authority),
        in_tenant,
        actor: session.actor,
        api_key: None,
    })
}

/// The session that the cookie proves, in its present generation and not idle for too long.
async fn current(ctx: &Ctx, shown: &Stamped) -> Result<Arc<LiveSession>> {
    let id = SessionId::from_bytes(shown.id);
    let mut session = sessions::live(ctx, id).await?.ok_or_else(login::ended)?;
    if !session.is_proved_by(ctx, shown) {
        return Err(login::ended());
    }
    // Another node may have renewed its secrets or seen it used a moment ago, so memory alone refuses nobody.
    if session.generation != shown.generation || idle(ctx, &session) {
        session = sessions::fetch(ctx, id).await?.ok_or_else(login::ended)?;
    }
    if session.generation != shown.generation || idle(ctx, &session) {
        return Err(login::ended());
    }
    Ok(session)
}

fn idle(ctx: &Ctx, session: &LiveSession) -> bool {
    !session.remember && ctx.now().since(session.last_seen()) > ctx.settings.sessions.idle
}

//! Refreshing and logging out.

use guardhouse_core::{
    ids::{AccountId, SessionId},
    opaque::{Stamped, StampedKind},
    principal::{CredentialKind, Principal},
};
use guardhouse_store::Unit;

use crate::kernel::{
    accounts,
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    login::{self, Carried, Entered},
    principal,
    sessions::{self, EndReason},
};

/// Renews a login with its refresh token.
pub async fn refresh(ctx: &Ctx, token: &str, client: &Client) -> Result<Entered> {
    principal::vouch(ctx)?;
    let renewed = sessions::refresh(ctx, token, client).await?;
    let ended = || Error::new(Code::InvalidRefreshToken, "The refresh token is not valid. Sign in again.");
    let account = accounts::cached(ctx, renewed.account).await?.ok_or_else(ended)?;
    if account.disabled_at.is_some() {
        return Err(ended());
    }
    let session = sessions::live(ctx, renewed.session).await?.ok_or_else(ended)?;
    principal::actor(ctx, session.actor).await.map_err(|error| if_refused(error, ended))?;
    ctx.stamps.seen(&session, ctx.now());
    ctx.meters.refreshed();
    let carried = Carried::Tokens { refresh: renewed.token, expires_at: renewed.expires_at };
    login::carried(ctx, &session.whose(&account), &carried)
}

/// What is answered where a check refuses; the database being away is no refusal, and no reason to sign in again.
fn if_refused(error: Error, answer: impl Fn() -> Error) -> Error {
    if error.code().status().is_server_error() { error } else { answer() }
}

/// Renews a cookie session's idle time. It never becomes tokens (rulings 11).
pub async fn renew_cookie(ctx: &Ctx, principal: &Principal) -> Result<Entered> {
    let missing = || Error::new(Code::MissingRefreshToken, "Send a refresh_token, or the session cookie.");
    let id = principal.session.filter(|_| principal.credential == CredentialKind::Cookie).ok_or_else(missing)?;
    let account = principal::account(ctx, principal.subject).await?;
    let session = sessions::live(ctx, id).await?.ok_or_else(missing)?;
    let cookie = Stamped::issue(&ctx.ring, StampedKind::Cookie, id.bytes(), session.generation, &session.salt);
    let life = session.remember.then(|| session.expires_at.since(ctx.now()));
    login::carried(ctx, &session.whose(&account), &Carried::Cookie { cookie, life })
}

/// A login that its holder ends.
pub struct Leaving {
    /// Whose.
    pub account: AccountId,
    /// The session.
    pub session: SessionId,
    /// Who acts in the account's name.
    pub actor: Option<AccountId>,
}

/// Ends this login, or all of the account's. Whoever acts in another's name ends no login but their own.
pub async fn logout(ctx: &Ctx, leaving: &Leaving, all: bool, client: &Client) -> Result<()> {
    let &Leaving { account, session, actor } = leaving;
    let all = all && actor.is_none();
    let action = if all { "jwt.logout_all" } else { "jwt.logout" };
    let event = Event::new(action, Outcome::Success)
        .subject(account)
        .actor(actor.unwrap_or(account))
        .session(session)
        .client(client);
    let unit = ctx.audit.step(ctx, Unit::new(), event);
    let ending = if all {
        sessions::end_all(ctx, unit, account, None, EndReason::Logout)
    } else {
        sessions::end_session(ctx, unit, session, EndReason::Logout)
    };
    ending.run(ctx).await?;
    Ok(())
}

/// Whose login a refresh token is, without spending it.
pub async fn owner(ctx: &Ctx, token: &str, client: &Client) -> Result<Leaving> {
    let (account, session) = sessions::owner(ctx, token, client).await?;
    let over = || Error::new(Code::InvalidRefreshToken, "The refresh token is not valid. Sign in again.");
    let actor = sessions::live(ctx, session).await?.ok_or_else(over)?.actor;
    Ok(Leaving { account, session, actor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_ends_no_login_m02() {
        let ended = || Error::new(Code::InvalidRefreshToken, "ended");
        for (code, wanted) in [
            (Code::Unavailable, Code::Unavailable),
            (Code::Internal, Code::Internal),
            (Code::TokenRevoked, Code::InvalidRefreshToken),
        ] {
            assert_eq!(if_refused(Error::new(code, "x"), ended).code(), wanted);
        }
    }
}

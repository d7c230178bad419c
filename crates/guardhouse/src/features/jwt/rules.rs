//! Logging out.

use guardhouse_core::ids::{AccountId, SessionId};
use guardhouse_store::Unit;

use crate::kernel::{
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    sessions::{self, EndReason},
};

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

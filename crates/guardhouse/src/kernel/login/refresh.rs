//! Going on with a login: a refresh token for the next one, a cookie for a new idle time (rulings 9-11).

use guardhouse_core::principal::{CredentialKind, Principal};

use super::{
    Admission, Entered,
    answer::{self, Carried},
    made::cookie_of,
};
use crate::kernel::{
    accounts,
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    principal, sessions, tenants,
};

/// Renews a login with its refresh token.
pub async fn refresh(ctx: &Ctx, token: &str, client: &Client) -> Result<Entered> {
    principal::vouch(ctx)?;
    let renewed = sessions::refresh(Admission(()), ctx, token, client).await?;
    let over = || Error::new(Code::InvalidRefreshToken, "The refresh token is not valid. Sign in again.");
    let account = accounts::cached(ctx, renewed.account).await?.ok_or_else(over)?;
    if account.disabled_at.is_some() {
        return Err(over());
    }
    let session = sessions::live(ctx, renewed.session).await?.ok_or_else(over)?;
    principal::actor(ctx, session.actor).await.map_err(|error| if_refused(error, over))?;
    let entry = match renewed.tenant {
        Some(tenant) => Some(tenants::enter(ctx, &account, tenant, &session.assurance).await?.ok_or_else(over)?),
        None => None,
    };
    ctx.stamps.seen(&session, ctx.now());
    ctx.meters.refreshed();
    let carried = Carried::Tokens { refresh: renewed.token, expires_at: renewed.expires_at };
    answer::carried(ctx, &session.whose(&account, Some(renewed.grant), entry.as_ref()), &carried)
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
    let entry = match session.tenant {
        Some(tenant) => Some(tenants::enter(ctx, &account, tenant, &session.assurance).await?.ok_or_else(missing)?),
        None => None,
    };
    answer::carried(ctx, &session.whose(&account, None, entry.as_ref()), &cookie_of(ctx, &session))
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

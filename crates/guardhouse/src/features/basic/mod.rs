//! HTTP Basic (M-06, RFC 7617), for machines that speak nothing else (rulings 16).
//!
//! The password half is an API key, or a user's password where `basic.user_passwords` allows that: with the lockout,
//! the limit and the audit of a login, and without a session. No browser is ever challenged for it, so none sends it by
//! itself; a request that another site caused is refused all the same.

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

use std::sync::Arc;

use data_encoding::BASE64;
use guardhouse_core::{
    email::EmailAddress,
    master_key::Mac,
    password::Password,
    principal::{Assurance, CredentialKind, Principal},
};
use zeroize::Zeroizing;

use crate::{
    features::password::{self, Attempt},
    kernel::{
        accounts::{self, Account},
        ctx::Ctx,
        errors::{Code, Error, Result},
        feature::Feature,
        http::csrf,
        limits::{attempts, proofs::Taken},
        login,
        principal::{Authenticator, Key, Presented},
        settings::SectionSpec,
    },
};

/// See the module.
pub const FEATURE: Feature = Feature {
    settings: || vec![SectionSpec::of::<BasicSettings>()],
    authenticators: || vec![Authenticator { key: Key::Basic, check: |ctx, sent| Box::pin(basic(ctx, sent)) }],
    ..Feature::named("basic", "HTTP Basic for machines: an API key, or where allowed a user's password.")
};

crate::settings! {
    /// HTTP Basic.
    pub struct BasicSettings in "basic" {
        /// Whether a user's e-mail address and password are taken; API keys are in any case.
        pub user_passwords: bool = false,
    }
}

/// What the names of API keys begin with; features that check them answer to [`Key::ApiKeyHeader`].
const API_KEY: &str = "gdk_";
/// Longer than any address with any password, in base64.
const MAX_TEXT: usize = 1024;
const ACTION: &str = "basic.login";

async fn basic(ctx: &Ctx, sent: Presented<'_>) -> Result<Principal> {
    csrf::check_origin(ctx, sent.headers)?;
    let text = decode(sent.value).ok_or_else(password::wrong)?;
    let (user, secret) = text.split_once(':').ok_or_else(password::wrong)?;
    if secret.starts_with(API_KEY) {
        let unknown = || Error::new(Code::InvalidApiKey, "The API key is not valid.");
        let authenticator = ctx.authenticators.by_key(Key::ApiKeyHeader).ok_or_else(unknown)?;
        return (authenticator.check)(ctx, Presented { value: secret, ..sent }).await;
    }
    if !ctx.settings.of::<BasicSettings>().user_passwords {
        return Err(Error::new(Code::InvalidCredentials, "Basic takes an API key as its password here."));
    }
    let email = EmailAddress::parse(user).map_err(|_| password::wrong())?;
    let password = Password::parse(secret).map_err(|_| password::wrong())?;
    person(ctx, &email, password, &sent).await
}

/// RFC 7617, section 2: the base64 of `user:password` in UTF-8.
fn decode(value: &str) -> Option<Zeroizing<String>> {
    if value.len() > MAX_TEXT {
        return None;
    }
    String::from_utf8(BASE64.decode(value.trim_end().as_bytes()).ok()?).ok().map(Zeroizing::new)
}

/// A password that was found right moments ago is not hashed again; whether the account may still sign in is looked up
/// each time.
async fn person(ctx: &Ctx, email: &EmailAddress, password: Password, sent: &Presented<'_>) -> Result<Principal> {
    let address = password::of_address(ctx, email);
    // Nobody queues for what is locked: a flood of guesses would keep others waiting.
    if ctx.proofs.is_busy(address) {
        attempts::look(ctx, address).await?;
    }
    let turn = ctx.proofs.turn(address).await?;
    let typed = ctx.proofs.sent(&password);
    if let Some(account) = known(ctx, &turn, email, &typed).await? {
        login::refusal(ctx, &account).map_or(Ok(()), Err)?;
        return Ok(principal(ctx, &account));
    }
    let attempt = Attempt { email, password, client: sent.client, device: None, session: None, action: ACTION };
    let right = password::check(ctx, attempt).await?;
    let hash = right.hash.clone();
    let verified = right.verified(ACTION, password::wrong);
    let account = login::check_once(ctx, verified, sent.client).await?;
    turn.remember(ctx.proofs.mac(account.id, &hash, &typed), ctx.now());
    Ok(principal(ctx, &account))
}

/// Whose password this is, if it was found right moments ago and is still the one that is stored. A locked address is
/// refused as ever, or the memory would tell what the lock hides.
async fn known(ctx: &Ctx, turn: &Taken<'_>, email: &EmailAddress, typed: &Mac) -> Result<Option<Account>> {
    if turn.is_empty(ctx.now()) {
        return Ok(None);
    }
    attempts::look(ctx, password::of_address(ctx, email)).await?;
    let Some(account) = accounts::by_email(ctx, email).await? else { return Ok(None) };
    let Some(stored) = password::stored_hash(ctx, account.id).await? else { return Ok(None) };
    Ok(turn.knows(&ctx.proofs.mac(account.id, &stored, typed), ctx.now()).then_some(account))
}

fn principal(ctx: &Ctx, account: &Account) -> Principal {
    Principal {
        subject: account.id,
        tenant: None,
        credential: CredentialKind::Basic,
        session: None,
        grant: None,
        assurance: Some(Arc::new(Assurance { amr: vec!["pwd".to_owned()], auth_time: ctx.now() })),
        authority: Arc::clone(&account.authority),
        in_tenant: None,
        actor: None,
        api_key: None,
    }
}

//! From a request to its [`Principal`]: exactly one credential.
//!
//! [`authenticate`] is free of axum's extractors, so the gate and a reverse proxy call it too. An `Authorization`
//! header alone decides; it never falls back to the cookie. Which feature checks a credential is looked up by scheme
//! and prefix, never by asking around.

mod by;
mod extract;
mod reach;

pub use by::By;
pub use extract::Caller;
pub use reach::{Reach, TenantScope, held_in, reach};
pub(in crate::kernel) use reach::{into_tenant, lacking, lacking_role};

use http::{HeaderMap, HeaderValue, header::AUTHORIZATION, request::Parts};

pub use guardhouse_core::principal::{Assurance, Authority, CredentialKind, Principal};

use super::{
    BoxFuture, accounts,
    ctx::Ctx,
    errors::{Code, Error, Result},
    factors,
    http::{client::Client, cookies},
    tenants,
};
use guardhouse_core::{
    ids::{AccountId, SessionId, TenantId},
    time::Span,
};

/// What an authenticator answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// `Authorization: Bearer`, for tokens that begin so; the empty prefix takes the rest.
    Bearer(&'static str),
    /// `Authorization: Basic`.
    Basic,
    /// `X-API-Key`.
    ApiKeyHeader,
    /// The session cookie.
    Cookie,
}

/// A credential as it was sent.
pub struct Presented<'a> {
    /// What follows the scheme, or the header's or cookie's value.
    pub value: &'a str,
    /// From where.
    pub client: &'a Client,
    /// The request's headers.
    pub headers: &'a HeaderMap,
}

/// The seam `Authenticator`: a feature's check of one kind of credential.
#[derive(Clone, Copy)]
pub struct Authenticator {
    /// What it answers to.
    pub key: Key,
    /// Gives the principal, or says what is wrong with the credential.
    pub check: for<'a> fn(&'a Ctx, Presented<'a>) -> BoxFuture<'a, Result<Principal>>,
}

/// All authenticators of the features that are in.
#[derive(Default)]
pub struct Authenticators(Vec<Authenticator>);

impl Authenticators {
    /// Takes them so that the longest prefix is met first.
    pub fn new(mut all: Vec<Authenticator>) -> Self {
        all.sort_by_key(|one| match one.key {
            Key::Bearer(prefix) => std::cmp::Reverse(prefix.len()),
            _ => std::cmp::Reverse(0),
        });
        Self(all)
    }

    fn bearer(&self, token: &str) -> Option<Authenticator> {
        self.0.iter().find(|one| matches!(one.key, Key::Bearer(prefix) if token.starts_with(prefix))).copied()
    }

    /// The one for what is not a bearer token.
    pub fn by_key(&self, key: Key) -> Option<Authenticator> {
        self.0.iter().find(|one| one.key == key).copied()
    }
}

enum Sent<'a> {
    Nothing,
    Explicit(Key, &'a str),
    Cookie(&'a str),
}

const API_KEY_HEADER: &str = "x-api-key";

/// The request's principal; `None` where it carries no credential, or only a cookie that is good for nothing any more.
/// The flag says that such a cookie should be cleared. Refused where the server or the tenant acted in
/// asks for a better proof.
pub async fn authenticate(ctx: &Ctx, parts: &Parts, client: &Client) -> Result<(Option<Principal>, bool)> {
    let found = identify(ctx, parts, client).await?;
    if let Some(principal) = &found.0 {
        factors::refuse_below(ctx, principal)?;
    }
    if let Some(principal) = &found.0
        && let (Some(tenant), Some(assurance)) = (principal.tenant, &principal.assurance)
    {
        tenants::within_policy(ctx, tenant, assurance).await?;
    }
    Ok(found)
}

/// The same whatever the tenant asks for: for giving that better proof, for leaving the tenant and for logging out.
pub async fn identify(ctx: &Ctx, parts: &Parts, client: &Client) -> Result<(Option<Principal>, bool)> {
    match sent(ctx, &parts.headers)? {
        Sent::Nothing => Ok((None, false)),
        Sent::Explicit(key, value) => {
            vouch(ctx)?;
            let found = if let Key::Bearer(_) = key {
                ctx.authenticators.bearer(value)
            } else {
                ctx.authenticators.by_key(key)
            };
            let authenticator = found.ok_or_else(unsupported)?;
            let principal = (authenticator.check)(ctx, Presented { value, client, headers: &parts.headers }).await?;
            actor(ctx, principal.actor).await?;
            Ok((Some(principal), false))
        }
        Sent::Cookie(value) => {
            vouch(ctx)?;
            let Some(authenticator) = ctx.authenticators.by_key(Key::Cookie) else { return Ok((None, false)) };
            match (authenticator.check)(ctx, Presented { value, client, headers: &parts.headers }).await {
                Ok(principal) => Ok((Some(principal), false)),
                // The database being away is no reason to forget a login.
                Err(error) if error.code().status().is_server_error() => Err(error),
                Err(_) => Ok((None, true)),
            }
        }
    }
}

/// A node that does not know what ended vouches for nobody (rulings 13).
pub fn vouch(ctx: &Ctx) -> Result<()> {
    if ctx.ended.current() {
        return Ok(());
    }
    Err(Error::new(Code::Unavailable, "The server cannot check credentials right now. Try again in a moment.")
        .retry_after(Span::seconds(2)))
}

fn sent<'a>(ctx: &Ctx, headers: &'a HeaderMap) -> Result<Sent<'a>> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let mut keys = headers.get_all(API_KEY_HEADER).iter();
    match (lines.next(), lines.next(), keys.next(), keys.next()) {
        (None, _, None, _) => Ok(cookies::session(ctx, headers).map_or(Sent::Nothing, Sent::Cookie)),
        (Some(line), None, None, _) => scheme(line).map(|(key, value)| Sent::Explicit(key, value)),
        (None, _, Some(key), None) => {
            let value = key.to_str().map_err(|_| Error::new(Code::InvalidApiKey, "The API key is not valid."))?;
            Ok(Sent::Explicit(Key::ApiKeyHeader, value))
        }
        _ => Err(Error::new(Code::AmbiguousCredentials, "Send one credential, not several.")),
    }
}

/// Splits `Scheme value` (RFC 9110, section 11.4); schemes know no case.
fn scheme(line: &HeaderValue) -> Result<(Key, &str)> {
    let text = line.to_str().map_err(|_| unsupported())?;
    let (scheme, value) = text.split_once(' ').ok_or_else(unsupported)?;
    let value = value.trim_start_matches(' ');
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok((Key::Bearer(""), value))
    } else if scheme.eq_ignore_ascii_case("basic") {
        Ok((Key::Basic, value))
    } else {
        Err(unsupported())
    }
}

fn unsupported() -> Error {
    Error::new(Code::InvalidToken, "This credential is of no kind that is accepted here.")
}

/// The account behind a credential, as it stands now; every authenticator ends here.
pub async fn account(ctx: &Ctx, id: AccountId) -> Result<std::sync::Arc<accounts::Account>> {
    let revoked = || Error::new(Code::TokenRevoked, "The account behind this credential may not sign in.");
    let account = accounts::cached(ctx, id).await?.ok_or_else(revoked)?;
    if account.disabled_at.is_some() {
        return Err(revoked());
    }
    Ok(account)
}

/// What the account holds in the tenant that a credential is for; none where it is for none. A credential is good for
/// nothing once its holder is no member any more, or nobody may act in the tenant (`O6`).
pub async fn in_tenant(
    ctx: &Ctx,
    account: &accounts::Account,
    tenant: Option<TenantId>,
) -> Result<Option<std::sync::Arc<Authority>>> {
    let Some(tenant) = tenant else { return Ok(None) };
    let revoked =
        || Error::new(Code::TokenRevoked, "Whoever holds this credential is no member of its tenant any more.");
    accounts::in_tenant(ctx, account, tenant).await?.ok_or_else(revoked).map(Some)
}

/// Whoever acts in another's name must still be allowed to: refused once they are disabled or lose the permission.
pub async fn actor(ctx: &Ctx, actor: Option<AccountId>) -> Result<()> {
    let Some(id) = actor else { return Ok(()) };
    if account(ctx, id).await?.authority.allows(super::login::IMPERSONATE) {
        return Ok(());
    }
    Err(Error::new(Code::TokenRevoked, "Whoever acts here may not act in another's name any more."))
}

/// The session of a caller who is a person.
pub fn session(principal: &Principal) -> Result<SessionId> {
    principal.session.ok_or_else(|| Error::new(Code::Forbidden, "This is for a person with a session."))
}

/// Acts that take an account over are its owner's alone. Whoever acts in another's name proves to be somebody else, even
/// where they know the password.
pub fn in_person(principal: &Principal) -> Result<()> {
    if principal.actor.is_some() {
        return Err(Error::new(
            Code::Forbidden,
            "This is for the person whose account it is, signed in as themselves.",
        ));
    }
    Ok(())
}

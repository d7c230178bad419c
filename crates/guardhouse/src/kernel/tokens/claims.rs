//! What an access token says, and issuing one.

use guardhouse_core::{
    ids::{ApiKeyId, GrantId, SessionId, TenantId, TokenId},
    principal::{Assurance, Authority},
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

use crate::kernel::{
    accounts::Account,
    ctx::Ctx,
    errors::{Error, Result},
    sessions::FIRST_PARTY,
    tenants::Entry,
};

/// The media type of access tokens (RFC 9068, section 2.1).
pub const TYPE: &str = "at+jwt";

/// The claims (RFC 9068, section 2.2). Times are seconds since the epoch.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    pub iss: String,
    /// Audience: one or several.
    pub aud: serde_json::Value,
    /// The account.
    pub sub: String,
    /// Expires at.
    pub exp: i64,
    /// Issued at.
    pub iat: i64,
    /// This token's own id.
    pub jti: String,
    /// The client it was issued to.
    pub client_id: String,
    /// Scopes, separated by spaces.
    #[serde(default)]
    pub scope: String,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// The grant whose refresh token comes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// When the person last proved who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// Methods of that proof (RFC 8176).
    #[serde(default)]
    pub amr: Vec<String>,
    /// Its class.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub acr: String,
    /// For others to read; this server decides by what it knows itself (rulings 14).
    #[serde(default)]
    pub roles: Vec<String>,
    /// For others to read.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// The tenant the token is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// The e-mail address, where it is verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Who acts in the subject's name (RFC 8693, section 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
}

/// The `act` claim.
#[derive(Debug, Serialize, Deserialize)]
pub struct Actor {
    /// The account that acts.
    pub sub: String,
}

/// What a token is issued for.
pub struct Issue<'a> {
    /// The account.
    pub account: &'a Account,
    /// The session.
    pub session: SessionId,
    /// When the session ends: no token outlives it.
    pub until: Timestamp,
    /// The grant whose refresh token comes with it.
    pub grant: Option<GrantId>,
    /// The tenant it is for.
    pub tenant: Option<&'a Entry>,
    /// How strongly the person proved who they are.
    pub assurance: &'a Assurance,
    /// Who acts in the account's name.
    pub actor: Option<guardhouse_core::ids::AccountId>,
}

impl Issue<'_> {
    /// What is held where the token acts.
    fn held(&self) -> &Authority {
        self.tenant.map_or(&self.account.authority, |entry| &entry.held)
    }
}

/// An access token and its life in seconds.
pub struct Issued {
    /// The signed token.
    pub token: String,
    /// Seconds until it expires.
    pub expires_in: i64,
}

fn audience(ctx: &Ctx) -> serde_json::Value {
    match ctx.settings.tokens.audience.as_slice() {
        [] => ctx.links.issuer().into(),
        [one] => one.as_str().into(),
        several => several.into(),
    }
}

/// What a token of an API key is issued for.
pub struct IssueForKey<'a> {
    /// The account.
    pub account: &'a Account,
    /// The key.
    pub key: ApiKeyId,
    /// The tenant.
    pub tenant: Option<TenantId>,
    /// What the key may: its owner's authority, cut to its scopes.
    pub authority: &'a Authority,
    /// How long the token is to live; no longer than any other.
    pub life: Span,
    /// When the key expires: no token outlives it.
    pub until: Option<Timestamp>,
}

/// Signs an access token of a session.
pub fn issue(ctx: &Ctx, what: &Issue<'_>) -> Result<Issued> {
    let by_policy = what.tenant.and_then(|entry| entry.until).unwrap_or(what.until);
    let until = (ctx.now() + ctx.settings.tokens.access_ttl).min(what.until).min(by_policy);
    let claims = Claims {
        sid: Some(what.session),
        grant_id: what.grant,
        auth_time: Some(what.assurance.auth_time.seconds()),
        amr: what.assurance.amr.clone(),
        acr: what.assurance.acr().to_owned(),
        tenant_id: what.tenant.map(|entry| entry.tenant),
        act: what.actor.map(|actor| Actor { sub: actor.to_string() }),
        ..claims(ctx, what.account, what.held(), until)
    };
    sign(ctx, &claims)
}

/// Signs an access token for an API key, which is its client (RFC 9068, section 2.2); it names no session.
pub fn issue_for_key(ctx: &Ctx, what: &IssueForKey<'_>) -> Result<Issued> {
    // A signing key is listed as long as tokens of `access_ttl` live, so none may live longer.
    let until = ctx.now() + what.life.min(ctx.settings.tokens.access_ttl);
    let claims = Claims {
        client_id: what.key.to_string(),
        scope: what.authority.permissions.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
        tenant_id: what.tenant,
        ..claims(ctx, what.account, what.authority, what.until.map_or(until, |end| end.min(until)))
    };
    sign(ctx, &claims)
}

/// What every token says, of a client of our own and without a session.
fn claims(ctx: &Ctx, account: &Account, authority: &Authority, until: Timestamp) -> Claims {
    let now = ctx.now();
    Claims {
        iss: ctx.links.issuer().to_owned(),
        aud: audience(ctx),
        sub: account.id.to_string(),
        exp: until.seconds(),
        iat: now.seconds(),
        jti: TokenId::new(now).to_string(),
        client_id: FIRST_PARTY.to_owned(),
        scope: String::new(),
        sid: None,
        grant_id: None,
        auth_time: None,
        amr: Vec::new(),
        acr: String::new(),
        roles: authority.included.iter().cloned().collect(),
        permissions: authority.permissions.iter().cloned().collect(),
        tenant_id: None,
        email: account.email_verified().then(|| account.email.as_str().to_owned()),
        act: None,
    }
}

fn sign(ctx: &Ctx, claims: &Claims) -> Result<Issued> {
    let token = ctx.keys.signing().sign(TYPE, claims).map_err(Error::internal)?;
    Ok(Issued { token, expires_in: (claims.exp - claims.iat).max(0) })
}

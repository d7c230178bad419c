//! What an access token says, and issuing one.

use guardhouse_core::{
    ids::{GrantId, SessionId, TenantId, TokenId},
    principal::Assurance,
    time::Timestamp,
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
    #[serde(default)]
    pub auth_time: i64,
    /// Methods of that proof (RFC 8176).
    #[serde(default)]
    pub amr: Vec<String>,
    /// Its class.
    #[serde(default)]
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
    /// Names of roles and permissions. In a tenant those that its roles include are named too: whoever reads the token
    /// knows nothing of the tenant's own roles.
    fn held(&self) -> (Vec<String>, Vec<String>) {
        let of = |permissions: &std::collections::BTreeSet<String>| permissions.iter().cloned().collect();
        match self.tenant {
            Some(entry) => (entry.held.included.iter().cloned().collect(), of(&entry.held.permissions)),
            None => (self.account.authority.roles.clone(), of(&self.account.authority.permissions)),
        }
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

/// Signs an access token.
pub fn issue(ctx: &Ctx, what: &Issue<'_>) -> Result<Issued> {
    let now = ctx.now();
    let by_policy = what.tenant.and_then(|entry| entry.until).unwrap_or(what.until);
    let expires = (now + ctx.settings.tokens.access_ttl).min(what.until).min(by_policy).seconds();
    let expires_in = (expires - now.seconds()).max(0);
    let (roles, permissions) = what.held();
    let claims = Claims {
        iss: ctx.links.issuer().to_owned(),
        aud: audience(ctx),
        sub: what.account.id.to_string(),
        exp: expires,
        iat: now.seconds(),
        jti: TokenId::new(now).to_string(),
        client_id: FIRST_PARTY.to_owned(),
        scope: String::new(),
        sid: Some(what.session),
        grant_id: what.grant,
        auth_time: what.assurance.auth_time.seconds(),
        amr: what.assurance.amr.clone(),
        acr: what.assurance.acr().to_owned(),
        roles,
        permissions,
        tenant_id: what.tenant.map(|entry| entry.tenant),
        email: what.account.email_verified().then(|| what.account.email.as_str().to_owned()),
        act: what.actor.map(|actor| Actor { sub: actor.to_string() }),
    };
    let token = ctx.keys.signing().sign(TYPE, &claims).map_err(Error::internal)?;
    Ok(Issued { token, expires_in })
}

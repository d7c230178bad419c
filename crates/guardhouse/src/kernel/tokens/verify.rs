//! Checking an access token (RFC 9068 section 4, RFC 8725).

use std::sync::Arc;

use guardhouse_core::{
    ids::{ApiKeyId, TokenId},
    jose::{self, Expectation, Rejection},
    principal::{Assurance, CredentialKind, Principal},
    secret,
    time::Timestamp,
};

use super::{
    Seen,
    claims::{Claims, TYPE},
};
use crate::kernel::{
    changes::Topic,
    ctx::Ctx,
    errors::{Code, Error, Result},
    keys, sessions,
};

fn refuse(code: Code, text: &'static str) -> Error {
    Error::new(code, text)
}

fn invalid() -> Error {
    refuse(Code::InvalidToken, "The access token is not valid.")
}

fn expired() -> Error {
    refuse(Code::TokenExpired, "The access token has expired.")
}

/// Whether whoever holds the secret of HS256 may have made this credential: such a token proves less (rulings 15).
pub fn from_shared_secret(ctx: &Ctx, principal: &Principal) -> bool {
    ctx.settings.tokens.algorithm.is_symmetric() && principal.credential == CredentialKind::AccessToken
}

/// The token's content, if it is genuine, current and not revoked.
pub async fn verify(ctx: &Ctx, token: &str) -> Result<Arc<Seen>> {
    // Nothing longer is one of ours, and hashing it would be somebody else's use of our time (`J8`).
    if token.len() > MOST_BYTES {
        return Err(invalid());
    }
    let digest = secret::sha256(token.as_bytes());
    let now = ctx.now();
    let known = ctx.tokens.0.get(&digest, now);
    let found = if known.is_some() { known } else { ctx.tokens.0.read(digest, now, first_sight(ctx, token)).await? };
    let seen = found.ok_or_else(invalid)?;
    if seen.expires + ctx.settings.tokens.leeway.as_seconds() <= now.seconds() {
        return Err(expired());
    }
    not_revoked(ctx, &seen).await?;
    Ok(seen)
}

const MOST_BYTES: usize = 16 * 1024;

async fn not_revoked(ctx: &Ctx, seen: &Seen) -> Result<()> {
    let revoked = || refuse(Code::TokenRevoked, "The login behind this access token has ended.");
    if let Some(key) = seen.api_key {
        // Nothing binds such a token to a session, so whoever holds the secret of HS256 could make one for any key.
        let ended = ctx.ended.contains(Topic::ApiKey, key.bytes()) || ctx.settings.tokens.algorithm.is_symmetric();
        return if ended { Err(revoked()) } else { Ok(()) };
    }
    let Some(session) = seen.session else { return Err(revoked()) };
    if ctx.ended.contains(Topic::Session, session.bytes()) {
        return Err(revoked());
    }
    // Whoever holds the secret of HS256 can sign anything, so the session must exist and be theirs (rulings 15).
    if ctx.settings.tokens.algorithm.is_symmetric() {
        let live = sessions::live(ctx, session).await?;
        if live.is_none_or(|live| live.account != seen.subject) {
            return Err(revoked());
        }
    }
    Ok(())
}

/// `None` where a genuine token is of another shape than this server's.
async fn first_sight(ctx: &Ctx, token: &str) -> Result<Option<Arc<Seen>>> {
    let claims = match check(ctx, token) {
        // Another node may have rotated a moment ago.
        Err(Rejection::UnknownKey) if keys::reload_for_unknown(ctx).await? => check(ctx, token),
        other => other,
    };
    match claims {
        Ok(claims) => Ok(seen(claims).map(Arc::new)),
        Err(Rejection::Expired) => Err(expired()),
        Err(rejection) => Err(invalid().caused_by(rejection)),
    }
}

fn check(ctx: &Ctx, token: &str) -> Result<Claims, Rejection> {
    let configured: Vec<&str> = ctx.settings.tokens.audience.iter().map(String::as_str).collect();
    let own = [ctx.links.issuer()];
    let expect = Expectation {
        typ: &[TYPE],
        issuer: ctx.links.issuer(),
        audience: if configured.is_empty() { &own } else { &configured },
        now: ctx.now().seconds(),
        leeway: ctx.settings.tokens.leeway.as_seconds(),
    };
    jose::verify(token, &ctx.keys.verifying(), &expect)
}

fn seen(claims: Claims) -> Option<Seen> {
    // Of this shape when this server made it.
    claims.jti.parse::<TokenId>().ok()?;
    let api_key = claims.client_id.parse::<ApiKeyId>().ok();
    // A token names a person's session or is of an API key: one of both, or this server did not make it.
    if claims.sid.is_some() == api_key.is_some() {
        return None;
    }
    Some(Seen {
        subject: claims.sub.parse().ok()?,
        session: claims.sid,
        api_key,
        grant: claims.grant_id,
        tenant: claims.tenant_id,
        actor: claims.act.map(|actor| actor.sub.parse()).transpose().ok()?,
        expires: claims.exp,
        assurance: Arc::new(Assurance {
            amr: claims.amr,
            auth_time: Timestamp::from_seconds(claims.auth_time.unwrap_or(0)),
        }),
    })
}

//! Refreshing: one conditional update rotates a grant (M-02, RFC 9700 section 4.14.2, rulings 10).
//!
//! The generation just spent, seen again within the grace, gets the same successor: two tabs that refresh at once both
//! live on. Any older one ends the session, since either its thief or its owner holds a copy. A genuine token of a
//! generation *above* the stored one means that the database went back in time.

use guardhouse_core::{
    ids::{AccountId, GrantId, SessionId, TenantId},
    opaque::{Stamped, StampedKind},
    time::Timestamp,
};
use guardhouse_store::{Row, Unit, params};

use super::{EndReason, cache::GrantFacts, end_session, generation, salt, store};
use crate::kernel::{
    alerts::{self, Alert},
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    limits::network::{self, Policy},
    login::Admission,
};

/// A grant after its refresh.
pub(in crate::kernel) struct Renewed {
    /// The grant.
    pub(in crate::kernel) grant: GrantId,
    /// The tenant its tokens are for.
    pub(in crate::kernel) tenant: Option<TenantId>,
    /// Its session.
    pub(in crate::kernel) session: SessionId,
    /// Whose it is.
    pub(in crate::kernel) account: AccountId,
    /// The refresh token to keep from now on.
    pub(in crate::kernel) token: Stamped,
    /// When that one expires.
    pub(in crate::kernel) expires_at: Timestamp,
}

struct Grant {
    facts: GrantFacts,
    generation: u32,
    rotated_at: Timestamp,
    rotated_network: [u8; 16],
    expires_at: Timestamp,
    ended: bool,
}

fn read(row: &Row) -> Result<Grant> {
    Ok(Grant {
        facts: GrantFacts {
            session: SessionId::from_bytes(row.id16(1)?),
            account: AccountId::from_bytes(row.id16(2)?),
            tenant: row.opt_id16(10)?.map(TenantId::from_bytes),
            salt: salt(row, 3)?,
        },
        generation: generation(row, 4)?,
        rotated_at: Timestamp(row.int(5)?),
        rotated_network: row.id16(6)?,
        expires_at: Timestamp(row.int(7)?),
        ended: row.opt_int(9)?.is_some(),
    })
}

/// Refreshes of one grant.
pub const REFRESH: Policy =
    Policy { name: "refresh", setting: "limits.refresh", of: |settings| &settings.limits.refresh };

fn invalid() -> Error {
    Error::new(Code::InvalidRefreshToken, "The refresh token is not valid. Sign in again.")
}

/// Rotates the grant that `text` names, or gives the same successor once more.
pub(in crate::kernel) async fn refresh(_: Admission, ctx: &Ctx, text: &str, client: &Client) -> Result<Renewed> {
    let shown = Stamped::parse(StampedKind::Refresh, text).ok_or_else(invalid)?;
    let facts = proven(ctx, &shown).await?;
    network::charge(ctx, REFRESH, &shown.id).await?;
    let ttl = ctx.settings.tokens.refresh_ttl;
    let rotated = ctx
        .db
        .returning(&store::ROTATE, params![shown.id, shown.generation, ctx.now(), ttl.0, client.network().to_vec()])
        .await?;
    match rotated {
        Some(row) => {
            let expires_at = Timestamp(row.int(1)?);
            Ok(renewed(ctx, &shown, facts, generation(&row, 0)?, expires_at))
        }
        None => stale(ctx, shown, client).await,
    }
}

/// What never changes of the token's grant, where the token is genuine. From memory where that saves asking the
/// database: the update that follows decides anyway.
async fn proven(ctx: &Ctx, shown: &Stamped) -> Result<GrantFacts> {
    let id = GrantId::from_bytes(shown.id);
    let known = ctx.sessions.grant(id);
    let facts = match known {
        Some(facts) => facts,
        None => find(ctx, shown).await?.facts,
    };
    if !shown.proves(&ctx.ring, &facts.salt) {
        return Err(invalid());
    }
    if known.is_none() {
        ctx.sessions.put_grant(id, facts);
    }
    Ok(facts)
}

async fn find(ctx: &Ctx, shown: &Stamped) -> Result<Grant> {
    let row = ctx.db.first(&store::FIND_GRANT, params![shown.id]).await?.ok_or_else(invalid)?;
    read(&row)
}

fn renewed(ctx: &Ctx, shown: &Stamped, facts: GrantFacts, generation: u32, expires_at: Timestamp) -> Renewed {
    let GrantFacts { session, account, tenant, salt } = facts;
    let grant = GrantId::from_bytes(shown.id);
    let token = Stamped::issue(&ctx.ring, StampedKind::Refresh, shown.id, generation, &salt);
    Renewed { grant, tenant, session, account, token, expires_at }
}

/// A genuine token that did not rotate its grant: why, as the row says now.
async fn stale(ctx: &Ctx, shown: Stamped, client: &Client) -> Result<Renewed> {
    let grant = find(ctx, &shown).await?;
    let GrantFacts { session, account, .. } = grant.facts;
    refuse_over(ctx, &grant)?;
    if in_grace(ctx, &grant, &shown) {
        if grant.rotated_network != client.network() {
            let event = Event::new("jwt.refresh_grace_moved", Outcome::Success).subject(account).session(session);
            ctx.audit.record(ctx, event.client(client)).await?;
        }
        return Ok(renewed(ctx, &shown, grant.facts, grant.generation, grant.expires_at));
    }
    Err(reused(ctx, &grant, shown, client).await?)
}

fn refuse_over(ctx: &Ctx, grant: &Grant) -> Result<()> {
    if grant.ended {
        return Err(invalid());
    }
    if grant.expires_at <= ctx.now() {
        return Err(Error::new(Code::RefreshTokenExpired, "The refresh token has expired. Sign in again."));
    }
    Ok(())
}

fn in_grace(ctx: &Ctx, grant: &Grant, shown: &Stamped) -> bool {
    let just_spent = shown.generation.checked_add(1) == Some(grant.generation);
    just_spent && ctx.now().since(grant.rotated_at) <= ctx.settings.tokens.refresh_grace
}

async fn reused(ctx: &Ctx, grant: &Grant, shown: Stamped, client: &Client) -> Result<Error> {
    let GrantFacts { session, account, .. } = grant.facts;
    // A generation above the stored one was never issued by this database: it was restored from an older copy.
    let action = if shown.generation > grant.generation { "jwt.refresh_from_the_future" } else { "jwt.refresh_reused" };
    let event = Event::new(action, Outcome::Denied).subject(account).session(session).client(client);
    let unit = alerts::raise(ctx, Alert::TokenReuse, event, Unit::new())?;
    end_session(ctx, unit, session, EndReason::Reuse).run(ctx).await?;
    ctx.meters.refresh_reused();
    Ok(Error::new(Code::RefreshTokenReused, "This refresh token was used before. Its login is ended; sign in again."))
}

/// Whose login a genuine refresh token is, without spending it. One spent before its grace is reuse here as well.
pub async fn owner(ctx: &Ctx, text: &str, client: &Client) -> Result<(AccountId, SessionId)> {
    let shown = Stamped::parse(StampedKind::Refresh, text).ok_or_else(invalid)?;
    let grant = find(ctx, &shown).await?;
    if !shown.proves(&ctx.ring, &grant.facts.salt) {
        return Err(invalid());
    }
    refuse_over(ctx, &grant)?;
    if shown.generation == grant.generation || in_grace(ctx, &grant, &shown) {
        return Ok((grant.facts.account, grant.facts.session));
    }
    Err(reused(ctx, &grant, shown, client).await?)
}

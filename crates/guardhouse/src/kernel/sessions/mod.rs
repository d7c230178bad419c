//! Sessions and grants (rulings 8-11).
//!
//! A *session* is a person signed in on a device. A *grant* is a client holding tokens, of a session or of none.
//! Ending a session ends its grants. Cookies name a session and its generation, refresh tokens a grant and its
//! generation; both carry a MAC under the row's salt, so nothing that could be replayed is stored.

mod again;
mod cache;
mod end;
mod list;
mod refresh;
mod stamps;
mod store;
mod sweep;

use std::sync::Arc;

use guardhouse_core::{
    ids::{AccountId, GrantId, SessionId, TenantId},
    opaque::{SALT_LENGTH, Salt},
    principal::Assurance,
    time::Timestamp,
};
use guardhouse_store::{Row, Unit, params};

pub(in crate::kernel) use again::{Again, branch, prove_again, switch};
pub use cache::{LiveSession, SessionCache};
pub use end::{EndReason, end_all, end_over_cap, end_session, still_lives};
pub use list::{Device, Devices, PERSONAL_DATA, list, owned, show};
pub(in crate::kernel) use refresh::refresh;
pub use refresh::{REFRESH, owner};
pub use stamps::{Stamps, flush};
pub use store::{ALL as STATEMENTS, MIGRATIONS, ROTATE};
pub use sweep::SWEEP;

use super::{
    ctx::Ctx,
    errors::{Error, Result},
    http::client::Client,
    login::Admission,
};

/// The client of first-party logins.
pub const FIRST_PARTY: &str = "guardhouse";

/// A session about to be made. Only `login` makes one.
pub(in crate::kernel) struct NewSession {
    /// Its id.
    pub(in crate::kernel) id: SessionId,
    /// Whose it is.
    pub(in crate::kernel) account: AccountId,
    /// The tenant signed in to.
    pub(in crate::kernel) tenant: Option<TenantId>,
    /// How strongly.
    pub(in crate::kernel) assurance: Assurance,
    /// When it ends whatever happens.
    pub(in crate::kernel) expires_at: Timestamp,
    /// Whether the person asked to be remembered.
    pub(in crate::kernel) remember: bool,
    /// Whether a cookie carries it.
    pub(in crate::kernel) cookie: bool,
    /// What the person calls the device.
    pub(in crate::kernel) device_name: Option<String>,
    /// The salt of its cookies.
    pub(in crate::kernel) salt: Salt,
    /// Who acts in the account's name.
    pub(in crate::kernel) actor: Option<AccountId>,
}

/// Adds a session to a unit.
pub(in crate::kernel) fn create(
    _: Admission,
    unit: Unit,
    session: &NewSession,
    client: &Client,
    now: Timestamp,
) -> Unit {
    unit.step(
        &store::INSERT_SESSION,
        params![
            session.id,
            session.account,
            session.tenant.map(|tenant| tenant.bytes()),
            now,
            session.expires_at,
            session.assurance.amr.join(" "),
            session.assurance.auth_time,
            i64::from(session.remember),
            session.salt.to_vec(),
            i64::from(session.cookie),
            session.device_name.clone(),
            client.user_agent.clone(),
            client.ip.to_string(),
            session.actor,
        ],
    )
}

/// A grant about to be made.
pub(in crate::kernel) struct NewGrant {
    /// Its id.
    pub(in crate::kernel) id: GrantId,
    /// The session it belongs to.
    pub(in crate::kernel) session: SessionId,
    /// Whose it is.
    pub(in crate::kernel) account: AccountId,
    /// The tenant its tokens are for.
    pub(in crate::kernel) tenant: Option<TenantId>,
    /// The salt of its refresh tokens.
    pub(in crate::kernel) salt: Salt,
    /// When its present refresh token expires.
    pub(in crate::kernel) expires_at: Timestamp,
    /// Beyond which no refresh token of it lives.
    pub(in crate::kernel) limit_at: Timestamp,
}

/// Adds a grant to a unit.
pub(in crate::kernel) fn create_grant(
    _: Admission,
    unit: Unit,
    grant: &NewGrant,
    client: &Client,
    now: Timestamp,
) -> Unit {
    unit.step(
        &store::INSERT_GRANT,
        params![
            grant.id,
            grant.session,
            grant.account,
            FIRST_PARTY,
            grant.tenant.map(|tenant| tenant.bytes()),
            grant.salt.to_vec(),
            now,
            grant.expires_at,
            grant.limit_at,
            client.network().to_vec(),
        ],
    )
}

/// The session, from memory or the database, unless it ended or its time is over.
pub async fn live(ctx: &Ctx, id: SessionId) -> Result<Option<Arc<LiveSession>>> {
    let now = ctx.now();
    if ctx.ended.contains(super::changes::Topic::Session, id.bytes()) {
        return Ok(None);
    }
    let known = ctx.sessions.live.get(&id, now);
    let session = if known.is_some() { known } else { fetch(ctx, id).await? };
    Ok(session.filter(|session| session.expires_at > now))
}

/// The session from the database, put into memory.
pub async fn fetch(ctx: &Ctx, id: SessionId) -> Result<Option<Arc<LiveSession>>> {
    let reading = async {
        let row = ctx.db.first(&store::FIND_SESSION, params![id]).await?;
        row.map(|row| Ok(Arc::new(read(&row)?))).transpose()
    };
    ctx.sessions.live.read(id, ctx.now(), reading).await
}

fn read(row: &Row) -> Result<LiveSession> {
    let auth_time = Timestamp(row.int(5)?);
    Ok(LiveSession {
        id: SessionId::from_bytes(row.id16(0)?),
        account: AccountId::from_bytes(row.id16(1)?),
        tenant: row.opt_id16(2)?.map(TenantId::from_bytes),
        expires_at: Timestamp(row.int(3)?),
        assurance: Arc::new(Assurance { amr: row.str(4)?.split_whitespace().map(str::to_owned).collect(), auth_time }),
        salt: salt(row, 6)?,
        generation: generation(row, 7)?,
        remember: row.flag(8)?,
        last_seen: row.int(9)?.into(),
        actor: row.opt_id16(10)?.map(AccountId::from_bytes),
    })
}

fn salt(row: &Row, column: usize) -> Result<Salt> {
    <[u8; SALT_LENGTH]>::try_from(row.slice(column)?).map_err(Error::internal)
}

fn generation(row: &Row, column: usize) -> Result<u32> {
    u32::try_from(row.int(column)?).map_err(Error::internal)
}

/// How many sessions live, and of how many people.
pub async fn count_live(ctx: &Ctx) -> Result<[i64; 2]> {
    let rows = ctx.db.scan(&store::COUNT_LIVE, params![ctx.now()]).await?;
    let of = |column| rows.first().map_or(Ok(0), |row| row.int(column));
    Ok([of(0)?, of(1)?])
}

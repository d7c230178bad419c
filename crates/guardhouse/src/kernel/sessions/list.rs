//! A person's sessions as a list of devices.

use guardhouse_core::{
    ids::{AccountId, SessionId},
    time::Timestamp,
};
use guardhouse_store::{Row, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
    feature::PersonalData,
    http::page::PageQuery,
};

/// A session as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Device {
    /// `ses_…`
    #[schema(value_type = String, example = "ses_01h455vb4pex5vsknk084sn02q")]
    pub id: SessionId,
    /// Whether the request that asks came from it.
    pub current: bool,
    /// What the person calls it.
    pub device_name: Option<String>,
    /// What the browser or program calls itself.
    pub user_agent: Option<String>,
    /// The network address it was signed in from.
    pub network_address: String,
    /// Methods of proof (RFC 8176).
    pub amr: Vec<String>,
    /// RFC 3339, UTC.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// RFC 3339, UTC; exact to half a minute.
    #[schema(value_type = String)]
    pub last_seen_at: Timestamp,
    /// RFC 3339, UTC.
    #[schema(value_type = String)]
    pub expires_at: Timestamp,
}

/// A page of somebody's sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Devices {
    /// The newest first.
    pub data: Vec<Device>,
    /// What to send as `cursor` for the next page.
    #[schema(value_type = Option<String>)]
    pub next_cursor: Option<SessionId>,
}

/// The account's live sessions, the newest first; `current` is the one that asks.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    current: Option<SessionId>,
    page: &PageQuery<SessionId>,
) -> Result<Devices> {
    let before = page.cursor.unwrap_or(SessionId::from_bytes([0xff; 16]));
    // One more than is shown tells whether there is another page.
    let params = params![account, ctx.now(), before, page.limit + 1];
    let rows = ctx.db.scan(&store::LIST_SESSIONS, params).await?;
    let shown = rows.len().min(page.limit as usize);
    let data: Vec<Device> = rows[..shown].iter().map(|row| device(row, current)).collect::<Result<_>>()?;
    let next_cursor = data.last().filter(|_| rows.len() > shown).map(|last| last.id);
    Ok(Devices { data, next_cursor })
}

/// One live session.
pub async fn show(ctx: &Ctx, id: SessionId) -> Result<Option<Device>> {
    let row = ctx.db.first(&store::SHOW_SESSION, params![id, ctx.now()]).await?;
    row.map(|row| device(&row, None)).transpose()
}

fn device(row: &Row, current: Option<SessionId>) -> Result<Device> {
    let id = SessionId::from_bytes(row.id16(0)?);
    Ok(Device {
        id,
        current: current == Some(id),
        created_at: Timestamp(row.int(1)?),
        last_seen_at: Timestamp(row.int(2)?),
        expires_at: Timestamp(row.int(3)?),
        amr: row.str(4)?.split_whitespace().map(str::to_owned).collect(),
        device_name: row.opt_text(5)?,
        user_agent: row.opt_text(6)?,
        network_address: row.text(7)?,
    })
}

/// All sessions that are still known, those that ended too; they go with the account.
pub const PERSONAL_DATA: PersonalData =
    PersonalData { name: "sessions", export: |ctx, id| Box::pin(export(ctx, id)), erase: |unit, _| unit };

#[derive(Serialize)]
struct Kept {
    #[serde(flatten)]
    device: Device,
    ended_at: Option<Timestamp>,
    end_reason: Option<String>,
}

async fn export(ctx: &Ctx, account: AccountId) -> Result<serde_json::Value> {
    let rows = ctx.db.scan(&store::EXPORT_SESSIONS, params![account]).await?;
    let kept = rows.iter().map(|row| {
        let ended_at = row.opt_int(8)?.map(Timestamp);
        Ok(Kept { device: device(row, None)?, ended_at, end_reason: row.opt_text(9)? })
    });
    let kept: Vec<Kept> = kept.collect::<Result<_>>()?;
    serde_json::to_value(kept).map_err(Error::internal)
}

/// The id of a session that is the account's, or a 404: another's session is as unknown as none (`A20`, `T1`).
pub async fn owned(ctx: &Ctx, account: AccountId, text: &str) -> Result<SessionId> {
    let id: SessionId = text.parse().map_err(|_| Error::not_found())?;
    ctx.db.first(&store::OWNED_SESSION, params![id, account, ctx.now()]).await?.ok_or_else(Error::not_found)?;
    Ok(id)
}

//! A key as answers show it: never its secret.

use guardhouse_core::{
    ids::{AccountId, ApiKeyId},
    time::Timestamp,
};
use guardhouse_store::{Row, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::{fields::listed, store};
use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
    feature::PersonalData,
};

/// A key as its owner sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct KeyView {
    /// `key_…`
    #[schema(value_type = String, example = "key_01h455vb4pex5vsknk084sn02q")]
    pub id: ApiKeyId,
    /// The account it acts as: a person's, or a machine's.
    #[schema(value_type = String, example = "usr_01h455vb4pex5vsknk084sn02q")]
    pub account_id: AccountId,
    /// What its owner calls it.
    #[schema(example = "ci")]
    pub name: String,
    /// How the key's text begins.
    #[schema(example = "gdk_live_01h455vb4pex5vsk")]
    pub prefix: String,
    /// Patterns of permissions; what the owner lacks of them is not permitted.
    #[schema(example = json!(["documents:read"]))]
    pub scopes: Vec<String>,
    /// Networks it is used from; anywhere where there are none.
    #[schema(example = json!(["10.0.0.0/8"]))]
    pub allowed_networks: Vec<String>,
    /// Its own limit, where it has one.
    #[schema(example = "1000/1m")]
    pub rate_limit: Option<String>,
    /// Its own limit over a long time, where it has one.
    #[schema(example = "100000/30d")]
    pub quota: Option<String>,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub created_at: Timestamp,
    /// When it ends, where it does; it is listed for 30 days after that.
    #[schema(value_type = Option<String>, example = "2026-04-02T03:04:05Z")]
    pub expires_at: Option<Timestamp>,
    /// RFC 3339, UTC; exact to ten seconds or so.
    #[schema(value_type = Option<String>, example = "2026-01-02T03:04:05Z")]
    pub last_used_at: Option<Timestamp>,
    /// How often it was used.
    pub use_count: i64,
    /// When it got its present secret, where it was rotated.
    #[schema(value_type = Option<String>, example = "2026-01-02T03:04:05Z")]
    pub rotated_at: Option<Timestamp>,
    /// Until when the secret before that works as well.
    #[schema(value_type = Option<String>, example = "2026-01-02T04:04:05Z")]
    pub old_secret_until: Option<Timestamp>,
    /// Since when it opens nothing, until somebody says that it should again.
    #[schema(value_type = Option<String>, example = "2026-01-02T03:04:05Z")]
    pub suspended_at: Option<Timestamp>,
}

impl KeyView {
    /// Reads the columns that the statements of [`store`] show.
    pub(super) fn read(row: &Row) -> Result<Self> {
        let time = |column| -> Result<Option<Timestamp>> { Ok(row.opt_int(column)?.map(Timestamp)) };
        Ok(Self {
            id: ApiKeyId::from_bytes(row.id16(0)?),
            account_id: AccountId::from_bytes(row.id16(14)?),
            name: row.text(1)?,
            prefix: row.text(2)?,
            scopes: listed(row.str(3)?),
            allowed_networks: listed(row.str(4)?),
            rate_limit: row.opt_text(5)?,
            quota: row.opt_text(6)?,
            created_at: Timestamp(row.int(7)?),
            expires_at: time(8)?,
            last_used_at: time(9)?,
            use_count: row.int(10)?,
            rotated_at: time(11)?,
            old_secret_until: time(12)?,
            suspended_at: time(13)?,
        })
    }
}

/// A page of somebody's keys.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKeys)]
pub struct Keys {
    /// The newest first.
    pub data: Vec<KeyView>,
    /// What to send as `cursor` for the next page.
    #[schema(value_type = Option<String>)]
    pub next_cursor: Option<ApiKeyId>,
}

/// All keys of the account, without what proves them; they go with the account.
pub(super) const PERSONAL_DATA: PersonalData =
    PersonalData { name: "api_keys", export: |ctx, id| Box::pin(export(ctx, id)), erase: |unit, _| unit };

async fn export(ctx: &Ctx, account: AccountId) -> Result<serde_json::Value> {
    let rows = ctx.db.scan(&store::EXPORT, params![account]).await?;
    let keys: Vec<KeyView> = rows.iter().map(KeyView::read).collect::<Result<_>>()?;
    serde_json::to_value(keys).map_err(Error::internal)
}

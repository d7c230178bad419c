//! A service account as answers show it.

use guardhouse_core::{
    ids::{AccountId, TenantId},
    scope::Scope,
    time::Timestamp,
};
use guardhouse_store::params;
use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::kernel::{
    accounts::{self, Account},
    ctx::Ctx,
    errors::Result,
};

/// A service account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ServiceView {
    /// `usr_…`
    #[schema(value_type = String, example = "usr_01h455vb4pex5vsknk084sn02q")]
    pub(super) id: AccountId,
    /// What it is called.
    #[schema(example = "deploy")]
    name: String,
    /// What it is for.
    description: String,
    /// The tenant that it belongs to, and the only one it acts in (`ten_…`).
    #[schema(value_type = Option<String>)]
    tenant_id: Option<TenantId>,
    /// Names of the roles that it holds, in its tenant or everywhere.
    roles: Vec<String>,
    /// Whether its keys are refused.
    disabled: bool,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    created_at: Timestamp,
}

/// Where the roles of the account hold.
pub(super) fn scope(account: &Account) -> Scope {
    account.tenant.map_or(Scope::Everywhere, Scope::Tenant)
}

/// The roles that it holds there, sorted.
pub(super) async fn roles(ctx: &Ctx, account: &Account) -> Result<Vec<String>> {
    let mut roles = accounts::held(ctx, account.id, &scope(account)).await?;
    roles.sort();
    Ok(roles)
}

pub(super) async fn view(ctx: &Ctx, account: &Account) -> Result<ServiceView> {
    let row = ctx.db.first(&store::DESCRIPTION, params![account.id]).await?;
    Ok(ServiceView {
        id: account.id,
        name: account.name.clone(),
        description: row.map_or(Ok(String::new()), |row| row.text(0))?,
        tenant_id: account.tenant,
        roles: roles(ctx, account).await?,
        disabled: account.disabled_at.is_some(),
        created_at: account.created_at,
    })
}

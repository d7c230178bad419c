//! Looking policies up.

use guardhouse_core::ids::PolicyId;
use guardhouse_store::params;

use super::{
    engine::Active,
    store::{self, StoredPolicy, StoredVersion},
    views::{Policies, PolicyVersion, PolicyVersions, PolicyView},
};
use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
    http::page::PageQuery,
};

/// All policies in effect as the database has them, with what a change is conditional on.
pub(super) struct Current {
    /// The generation that was the last one before the policies were read.
    pub generation: i64,
    /// The schema in effect.
    pub schema: Option<StoredVersion>,
    /// The policies, each with its stored test cases.
    pub policies: Vec<(Active, String)>,
}

/// Reads it. What another changes meanwhile makes the generation an earlier one, so that the change is refused.
pub(super) async fn current(ctx: &Ctx) -> Result<Current> {
    let rows = ctx.db.scan(&store::SET, params![]).await?;
    let (mut generation, mut schema) = (0, None);
    if let Some(row) = rows.first() {
        generation = row.int(0)?;
        if row.opt_int(1)?.is_some() {
            schema = Some(store::version(row, 1)?);
        }
    }
    let rows = ctx.db.scan(&store::ACTIVE, params![]).await?;
    let policies = rows.iter().map(store::active).collect::<Result<_, _>>()?;
    Ok(Current { generation, schema, policies })
}

pub(super) async fn stored(ctx: &Ctx, id: PolicyId) -> Result<StoredPolicy> {
    let row = ctx.db.first(&store::FIND, params![id]).await?.ok_or_else(Error::not_found)?;
    Ok(store::policy(&row)?)
}

/// One policy, or a 404.
pub async fn show(ctx: &Ctx, id: PolicyId) -> Result<PolicyView> {
    Ok(stored(ctx, id).await?.into())
}

/// Policies, the newest first.
pub async fn list(ctx: &Ctx, page: &PageQuery<PolicyId>) -> Result<Policies> {
    let before = page.cursor.unwrap_or(PolicyId::from_bytes([0xff; 16]));
    // One more than is shown tells whether there is another page.
    let rows = ctx.db.scan(&store::LIST, params![before, i64::from(page.limit) + 1]).await?;
    let shown = rows.len().min(page.limit as usize);
    let mut data = Vec::with_capacity(shown);
    for row in &rows[..shown] {
        data.push(PolicyView::from(store::policy(row)?));
    }
    let next_cursor = data.last().filter(|_| rows.len() > shown).map(|last| last.id);
    Ok(Policies { data, next_cursor })
}

/// Versions of a policy, the newest first; the cursor is the last one of the page before.
pub async fn versions(ctx: &Ctx, id: PolicyId, page: &PageQuery<i64>) -> Result<PolicyVersions> {
    stored(ctx, id).await?;
    let params = params![id, page.cursor.unwrap_or(i64::MAX), i64::from(page.limit) + 1];
    let rows = ctx.db.scan(&store::VERSIONS, params).await?;
    let shown = rows.len().min(page.limit as usize);
    let mut data = Vec::with_capacity(shown);
    for row in &rows[..shown] {
        data.push(PolicyVersion::from(store::version(row, 0)?));
    }
    let next_cursor = data.last().filter(|_| rows.len() > shown).map(|last| last.version.to_string());
    Ok(PolicyVersions { data, next_cursor })
}

/// The schema in effect, or a 404.
pub async fn schema(ctx: &Ctx) -> Result<PolicyVersion> {
    Ok(current(ctx).await?.schema.ok_or_else(Error::not_found)?.into())
}

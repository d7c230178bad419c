//! Gathering the figures.

use guardhouse_store::{Dialect, jobs};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::kernel::{
    audit,
    ctx::Ctx,
    errors::Result,
    figures::{self, Logins, Sessions, Users},
};

/// Figures of this moment; users, sessions and sign-ins as they stood within the last minute.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statistics {
    /// People with an account.
    pub users: Users,
    /// Where they are signed in.
    pub sessions: Sessions,
    /// Sign-ins.
    pub logins: Logins,
    /// Refreshes that this process served since it started.
    pub refreshes: Refreshes,
    /// Background work.
    pub jobs: Jobs,
    /// Password hashes that wait or run on this process.
    pub hash_queue: usize,
    /// Ended sessions, grants and tokens that are still remembered.
    pub ended: usize,
    /// `sqlite` or `postgres`.
    pub database: &'static str,
}

/// Refreshes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refreshes {
    /// That succeeded.
    pub success: u64,
    /// Spent tokens shown again.
    pub reused: u64,
}

/// Background work.
#[derive(Debug, Serialize, ToSchema)]
pub struct Jobs {
    /// That wait or run.
    pub queued: i64,
    /// That no attempt helped.
    pub dead: i64,
}

/// All figures.
pub async fn statistics(ctx: &Ctx) -> Result<Statistics> {
    let [success, reused] = ctx.meters.refreshes();
    let jobs = jobs::count(&ctx.db, ctx.now()).await?;
    Ok(Statistics {
        users: figures::users(ctx).await?,
        sessions: figures::sessions(ctx).await?,
        logins: ctx.figures.logins.get(ctx, async || audit::logins(ctx).await).await?,
        refreshes: Refreshes { success, reused },
        jobs: Jobs { queued: jobs.queued, dead: jobs.dead },
        hash_queue: ctx.hasher.waiting(),
        ended: ctx.ended.len(),
        database: match ctx.db.dialect() {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        },
    })
}

/// A setting.
#[derive(Debug, Serialize, ToSchema)]
pub struct Setting {
    /// The whole key, `tokens.access_ttl`.
    pub key: String,
    /// What holds; secrets are masked.
    #[schema(value_type = Object)]
    pub value: Value,
    /// Whether somebody set it; else it is the default.
    pub set: bool,
}

/// All settings, secrets masked.
pub fn settings(ctx: &Ctx) -> Vec<Setting> {
    let shown = ctx.settings.shown().into_iter();
    shown.map(|(key, value)| Setting { set: ctx.settings.origin(&key).is_some(), key, value }).collect()
}

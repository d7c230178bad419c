//! How much there is of what: for metrics and the administrators' overview.

use guardhouse_core::time::{Span, Timestamp};
use tokio::sync::Mutex;

use super::{accounts, ctx::Ctx, errors::Result, sessions};

/// Figures that take long to gather are told again for so long.
const KEPT: Span = Span::minutes(1);

/// The last figures of a kind, gathered by one caller while the others wait for them: however many ask, the database is
/// asked once a minute.
#[derive(Debug)]
pub struct Kept<T>(Mutex<Option<(Timestamp, T)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Kept<T> {
    /// The figures, a minute old at most.
    pub async fn get(&self, ctx: &Ctx, gather: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
        let mut kept = self.0.lock().await;
        let now = ctx.now();
        if let Some((at, figures)) = kept.as_ref()
            && now.since(*at) < KEPT
        {
            return Ok(figures.clone());
        }
        let figures = gather().await?;
        *kept = Some((now, figures.clone()));
        Ok(figures)
    }
}

/// Sign-ins by window, from the audit log.
#[derive(Clone, Debug, Default, serde::Serialize, utoipa::ToSchema)]
pub struct Logins {
    /// The last 24 hours.
    pub day: Outcomes,
    /// The last 7 days.
    pub week: Outcomes,
}

/// Sign-ins by outcome.
#[derive(Clone, Debug, Default, serde::Serialize, utoipa::ToSchema)]
pub struct Outcomes {
    /// Signed in.
    pub success: i64,
    /// Refused.
    pub failure: i64,
}

/// People with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Users {
    /// All.
    pub total: i64,
    /// Those who may not sign in.
    pub disabled: i64,
    /// Those who showed that their address is theirs.
    pub verified: i64,
}

/// Live sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Sessions {
    /// All that have not ended.
    pub live: i64,
    /// How many people have one.
    pub users: i64,
}

/// What of the database is told again for a minute, each kind by itself.
#[derive(Debug, Default)]
pub struct Figures {
    /// Sign-ins by window.
    pub logins: Kept<Logins>,
    users: Kept<Users>,
    sessions: Kept<Sessions>,
}

/// Accounts, as they were counted within the last minute.
pub async fn users(ctx: &Ctx) -> Result<Users> {
    let counted = async || {
        let [total, disabled, verified] = accounts::count(ctx).await?;
        Ok(Users { total, disabled, verified })
    };
    ctx.figures.users.get(ctx, counted).await
}

/// Sessions, as they were counted within the last minute.
pub async fn sessions(ctx: &Ctx) -> Result<Sessions> {
    let counted = async || {
        let [live, users] = sessions::count_live(ctx).await?;
        Ok(Sessions { live, users })
    };
    ctx.figures.sessions.get(ctx, counted).await
}

/// Sets the gauges and totals. Metrics answer also while the database is away: what could not be counted keeps its last value.
pub async fn show(ctx: &Ctx) {
    let asked = ctx.db.stats();
    ctx.meters.total("guardhouse_database_statements_total", asked.statements);
    ctx.meters.total("guardhouse_database_commits_total", asked.commits);
    gauge(ctx, "guardhouse_ended", count(ctx.ended.len()));
    gauge(ctx, "guardhouse_hash_queue", count(ctx.hasher.waiting()));
    match users(ctx).await {
        Ok(users) => gauge(ctx, "guardhouse_users", users.total),
        Err(error) => tracing::warn!(%error, "accounts cannot be counted"),
    }
    match sessions(ctx).await {
        Ok(sessions) => gauge(ctx, "guardhouse_sessions", sessions.live),
        Err(error) => tracing::warn!(%error, "sessions cannot be counted"),
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a real number, and nobody has 2^52 sessions")]
fn gauge(ctx: &Ctx, name: &'static str, value: i64) {
    ctx.meters.gauge(name, value as f64);
}

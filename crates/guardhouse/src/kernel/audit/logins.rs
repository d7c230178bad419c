use guardhouse_core::time::Span;
use guardhouse_store::params;

use super::store;
use crate::kernel::{ctx::Ctx, errors::Result, figures::Logins};

/// Counts the sign-ins of the last day and week; every feature calls its own `<feature>.login`.
pub async fn logins(ctx: &Ctx) -> Result<Logins> {
    let now = ctx.now();
    let rows = ctx.db.scan(&store::LOGINS, params![now - Span::days(7), now - Span::days(1)]).await?;
    let mut logins = Logins::default();
    for row in rows {
        let (week, day) = (row.int(1)?, row.int(2)?);
        if row.str(0)? == "success" {
            logins.week.success += week;
            logins.day.success += day;
        } else {
            logins.week.failure += week;
            logins.day.failure += day;
        }
    }
    Ok(logins)
}

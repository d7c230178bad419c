//! From where accounts were signed in to.

use guardhouse_core::{
    ids::AccountId,
    time::{Span, Timestamp},
};
use guardhouse_store::{BATCH, Unit, params};
use serde_json::{Value, json};

use super::{atlas::Spot, spots, store};
use crate::kernel::{ctx::Ctx, errors::Result, feature::PersonalData, http::client::Client, jobs::Sweep};

/// A place that nobody signed in from for so long is new again.
const KEPT: Span = Span::days(400);

/// A place as it is kept: nobody can tell from it where that is.
pub(super) struct Place(Vec<u8>);

impl Place {
    /// Network and kind of program. Versions change by themselves, so digits do not count.
    pub fn of_program(ctx: &Ctx, account: AccountId, client: &Client) -> Self {
        let program: String =
            client.user_agent.iter().flat_map(|name| name.chars()).filter(|c| !c.is_ascii_digit()).collect();
        Self::kept(ctx, &[b"place", &account.bytes(), &client.network(), program.as_bytes()])
    }

    /// A country.
    pub fn of_country(ctx: &Ctx, account: AccountId, spot: &Spot) -> Self {
        Self::kept(ctx, &[b"country", &account.bytes(), spot.country.as_bytes()])
    }

    fn kept(ctx: &Ctx, parts: &[&[u8]]) -> Self {
        Self(ctx.ring.index(parts)[..16].to_vec())
    }

    /// Whether the account was signed in to from there before.
    pub async fn is_known(&self, ctx: &Ctx, account: AccountId) -> Result<bool> {
        Ok(ctx.db.first(&store::KNOWN, params![account, self.0.clone()]).await?.is_some())
    }

    /// Adds that it was just now.
    pub fn seen(self, ctx: &Ctx, unit: Unit, account: AccountId) -> Unit {
        unit.step(&store::SEEN, params![account, self.0, ctx.now()])
    }
}

/// Removes places of long ago.
pub(super) const SWEEP: Sweep = Sweep { name: "alerts.sweep", run: |ctx| Box::pin(sweep(ctx)) };

async fn sweep(ctx: &Ctx) -> Result<()> {
    for statement in [&store::SWEEP_PLACES, &store::SWEEP_SPOTS] {
        ctx.db.execute_in_batches(statement, params![ctx.now() - KEPT], BATCH).await?;
    }
    Ok(())
}

/// How many places there are, which nobody can tell, and where the last sign-in was. They go with the account.
pub(super) const PERSONAL_DATA: PersonalData =
    PersonalData { name: "sign_in_places", export: |ctx, id| Box::pin(export(ctx, id)), erase: |unit, _| unit };

async fn export(ctx: &Ctx, account: AccountId) -> Result<Value> {
    let Some(row) = ctx.db.first(&store::EXPORT, params![account]).await? else { return Ok(Value::Null) };
    let at = |column| Ok::<_, crate::kernel::errors::Error>(row.opt_int(column)?.map(Timestamp));
    let last = spots::last(ctx, account).await?.map(|(spot, at)| json!({"name": spot.name, "at": at}));
    Ok(json!({"count": row.int(0)?, "first_at": at(1)?, "last_at": at(2)?, "last": last}))
}

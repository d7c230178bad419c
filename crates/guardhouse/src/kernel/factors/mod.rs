//! Second factors: what a person proves to hold beside the first proof of a login (M-09, NIST SP 800-63B-4 section 2.2).
//!
//! A factor that is enrolled is a row here, whatever its kind; the feature that checks it keeps its secret under the same
//! id. So the door knows from the account alone whether a second proof is due, and no feature can forget to ask for it.
//! How each kind is asked and checked is the seam [`SecondFactor`].

mod policy;
mod seam;
mod store;

use guardhouse_core::{email::DisplayName, ids::AccountId, time::Timestamp};
use guardhouse_store::{Row, Unit, params};
use serde::Serialize;
use utoipa::ToSchema;

pub use policy::{due, is_required, refuse_below};
pub use seam::{Prepared, Proof, SecondFactor, Shown, method};
pub use store::{ALL as STATEMENTS, MIGRATION};

use super::{
    accounts::{self, Account},
    changes::Act,
    ctx::Ctx,
    errors::Result,
    feature::PersonalData,
};

/// Factors of one account at most: passkeys of some devices, an application, a mailbox.
pub const MOST: i64 = 25;

/// A factor about to be enrolled.
pub struct NewFactor<'a> {
    /// Under which its feature keeps the secret.
    pub id: [u8; 16],
    /// Whose it is.
    pub account: AccountId,
    /// Its kind: the name of a [`SecondFactor`].
    pub method: &'static str,
    /// What the person calls it.
    pub name: &'a str,
}

/// A factor as lists show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SecondFactor)]
pub struct Factor {
    #[serde(skip)]
    /// Under which its feature keeps the secret.
    pub id: [u8; 16],
    /// `totp`, `passkey`, `email_code`
    #[schema(example = "totp")]
    pub method: String,
    /// What the person calls it.
    pub name: String,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub created_at: Timestamp,
    /// RFC 3339, UTC.
    #[schema(value_type = Option<String>, example = "2026-01-02T03:04:05Z")]
    pub last_used_at: Option<Timestamp>,
}

impl Factor {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.id16(0)?,
            method: row.text(1)?,
            name: row.text(2)?,
            created_at: Timestamp(row.int(3)?),
            last_used_at: row.opt_int(4)?.map(Timestamp),
        })
    }
}

/// Adds a factor, as a required step: refused where the account has [`MOST`] of them.
pub fn add(ctx: &Ctx, act: impl Into<Act>, new: &NewFactor<'_>) -> Act {
    let params = params![new.id, new.account, new.method, new.name, ctx.now(), MOST];
    act.into().and(|unit| unit.require(&store::ADD, params)).changes(ctx, new.account)
}

/// Adds to a unit that a factor was used, as a required step: it is the account's still.
pub fn used(unit: Unit, id: [u8; 16], account: AccountId, now: Timestamp) -> Unit {
    unit.require(&store::USED, params![id, account, now])
}

/// Adds that a factor is called otherwise, as a required step.
pub fn rename(unit: Unit, id: [u8; 16], account: AccountId, name: &DisplayName) -> Unit {
    unit.require(&store::RENAME, params![id, account, name.as_str()])
}

/// Adds that a factor goes, as a required step, with what its feature keeps of it. Devices that were let off the second
/// factor are asked for it again, and logins that wait for one begin anew (`A6`).
pub fn remove(ctx: &Ctx, act: impl Into<Act>, id: [u8; 16], account: AccountId) -> Act {
    let act = act.into().and(|unit| unit.require(&store::REMOVE, params![id, account]));
    act.and(|unit| accounts::forget_devices(unit, account)).changes(ctx, account)
}

/// The same for all of them.
pub fn remove_all(ctx: &Ctx, act: impl Into<Act>, account: AccountId) -> Act {
    let act = act.into().and(|unit| unit.step(&store::REMOVE_ALL, params![account]));
    act.and(|unit| accounts::forget_devices(unit, account)).changes(ctx, account)
}

/// What an account has enrolled, the oldest first.
pub async fn list(ctx: &Ctx, account: AccountId) -> Result<Vec<Factor>> {
    let rows = ctx.db.query(&store::LIST, params![account]).await?;
    rows.iter().map(Factor::read).collect()
}

/// The kinds that an account may be asked for: those enrolled, and what stands in for a lost one.
pub async fn methods(ctx: &Ctx, account: &Account) -> Result<Vec<&'static SecondFactor>> {
    let enrolled = list(ctx, account.id).await?;
    let is_enrolled = |factor: &&&SecondFactor| enrolled.iter().any(|one| one.method == factor.method);
    let mut found: Vec<_> = ctx.second_factors.iter().filter(is_enrolled).copied().collect();
    for factor in ctx.second_factors.iter().filter(|_| !enrolled.is_empty()) {
        if let Some(left) = factor.stands_in
            && left(ctx, account.id).await?
        {
            found.push(factor);
        }
    }
    Ok(found)
}

/// What is enrolled; it goes with the account.
pub const PERSONAL_DATA: PersonalData =
    PersonalData { name: "second_factors", export: |ctx, id| Box::pin(export(ctx, id)), erase: |unit, _| unit };

async fn export(ctx: &Ctx, account: AccountId) -> Result<serde_json::Value> {
    serde_json::to_value(list(ctx, account).await?).map_err(super::errors::Error::internal)
}

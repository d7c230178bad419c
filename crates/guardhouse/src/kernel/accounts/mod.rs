//! Accounts: who exists, what they are called, whether they may sign in, which roles they hold.
//!
//! How a person proves to be one (password, passkey, …) is kept by the feature that checks it.

mod bindings;
mod cache;
mod claim;
mod held;
mod services;
mod store;
mod verbs;
mod view;

use std::sync::Arc;

use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::{AccountId, TenantId},
    principal::Authority,
    time::Timestamp,
};
use guardhouse_store::{Row, Unit, params};

pub use bindings::{
    Binding, BindingFilter, MAX_BINDINGS, Member, Membership, bind, bind_anew, binding, bindings, count_bindings,
    drop_all_in, drop_role_of_all, find_binding, held, hold_binding, keep_another, leave, member, members, memberships,
    resources_bound, unbind,
};
pub use cache::AccountCache;
pub use claim::{Forsakes, claim};
pub use held::{Held, in_tenant, on_resource};
pub use services::{Service, add_service, services};
pub use store::{ALL as STATEMENTS, MIGRATIONS};
pub use verbs::{
    change_email, delete, disable, drop_role, enable, give_role, keep_an_admin, last_admin, rename, set_verified,
    still_enabled, still_verified, unless_last_admin, verify_email, verify_this_email,
};
pub(in crate::kernel) use verbs::{forget_devices, signed_in};
pub use view::{Shown, User};

use super::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    feature::PersonalData,
};

pub use super::roles::ADMIN;

/// An account as the database has it.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The address as its owner wrote it, domain in lower-case ASCII.
    pub email: EmailAddress,
    /// When the owner showed that the address is theirs.
    pub email_verified_at: Option<Timestamp>,
    /// What the person is called.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The last login.
    pub last_login_at: Option<Timestamp>,
    /// Since when it may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// How often its known devices were forgotten.
    pub device_epoch: i64,
    /// Its roles everywhere and their permissions.
    pub authority: Arc<Authority>,
    /// What it holds in tenants and on resources.
    pub held: Held,
    /// Whether a person signs in to it; else machines act by its keys alone.
    pub is_person: bool,
    /// The tenant that a machine's account belongs to.
    pub tenant: Option<TenantId>,
    /// Whether a second factor is enrolled.
    pub second_factor: bool,
    /// How answers show it.
    pub shown: Shown,
}

impl Account {
    fn read(ctx: &Ctx, row: &Row) -> Result<Self> {
        let roles = row.opt_text(7)?.unwrap_or_default();
        let email = EmailAddress::kept(row.text(1)?, row.text(9)?);
        let tenant = row.opt_id16(11)?.map(TenantId::from_bytes);
        // What belongs to a tenant acts in it alone, whatever was given elsewhere.
        let roles = if tenant.is_some() { String::new() } else { roles };
        Ok(Self {
            id: AccountId::from_bytes(row.id16(0)?),
            email: email.ok_or_else(|| Error::internal("an account has no e-mail address"))?,
            email_verified_at: row.opt_int(2)?.map(Timestamp),
            name: row.text(3)?,
            created_at: Timestamp(row.int(4)?),
            last_login_at: row.opt_int(5)?.map(Timestamp),
            disabled_at: row.opt_int(6)?.map(Timestamp),
            device_epoch: row.int(8)?,
            authority: Arc::new(authority(ctx, roles.split_whitespace().map(str::to_owned).collect())),
            held: Held::default(),
            is_person: row.str(10)? == "person",
            tenant,
            second_factor: row.int(12)? > 0,
            shown: Shown::default(),
        })
    }

    /// Whether the address was verified.
    pub fn email_verified(&self) -> bool {
        self.email_verified_at.is_some()
    }
}

/// What roles held everywhere gather.
pub fn authority(ctx: &Ctx, roles: Vec<String>) -> Authority {
    ctx.roles.everywhere().authority(roles)
}

/// A new account's row.
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// Its address.
    pub email: EmailAddress,
    /// What the person is called.
    pub name: DisplayName,
    /// Whether the address counts as verified from the start.
    pub verified: bool,
    /// Roles to hold.
    pub roles: Vec<String>,
}

/// Adds an account to a unit. The first step is required: where the address is taken the whole unit is refused.
pub fn create(unit: Unit, account: &NewAccount, now: Timestamp) -> Unit {
    let verified_at = account.verified.then_some(now);
    let unit = unit.require(
        &store::INSERT,
        params![account.id, account.email.as_str(), account.email.key(), verified_at, account.name.as_str(), now],
    );
    account.roles.iter().fold(unit, |unit, role| verbs::give(unit, account.id, role, now))
}

/// The account of an address, straight from the database: what a login decides by.
pub async fn by_email(ctx: &Ctx, email: &EmailAddress) -> Result<Option<Account>> {
    ctx.db
        .first(&store::FIND_BY_EMAIL, params![email.key()])
        .await?
        .as_ref()
        .map(|row| Account::read(ctx, row))
        .transpose()
}

/// The account, straight from the database.
pub async fn by_id(ctx: &Ctx, id: AccountId) -> Result<Option<Account>> {
    ctx.db.first(&store::FIND, params![id]).await?.as_ref().map(|row| Account::read(ctx, row)).transpose()
}

/// The account, or a 404.
pub async fn existing(ctx: &Ctx, id: AccountId) -> Result<Account> {
    by_id(ctx, id).await?.ok_or_else(Error::not_found)
}

/// The account of a person, or a 404: those of machines are managed as service accounts.
pub async fn person(ctx: &Ctx, id: AccountId) -> Result<Account> {
    by_id(ctx, id).await?.filter(|account| account.is_person).ok_or_else(Error::not_found)
}

/// The account, from memory where a second's staleness is no matter: the change log drops what changed.
pub async fn cached(ctx: &Ctx, id: AccountId) -> Result<Option<Arc<Account>>> {
    let now = ctx.now();
    if let Some(account) = ctx.accounts.0.get(&id, now) {
        return Ok(Some(account));
    }
    ctx.accounts.0.read(id, now, async { Ok(by_id(ctx, id).await?.map(Arc::new)) }).await
}

/// A `LIKE` pattern that finds these words anywhere, and nothing in them is a wildcard.
pub fn pattern(words: &str) -> String {
    let escaped = words.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

/// Accounts, the newest first, whose e-mail address or name contains `words`; all where there are none.
pub async fn list(ctx: &Ctx, words: &str, before: Option<AccountId>, limit: u32) -> Result<Vec<Account>> {
    let before = before.unwrap_or(AccountId::from_bytes([0xff; 16]));
    let params = params![before, pattern(&words.to_lowercase()), pattern(words), limit];
    let rows = ctx.db.scan(&store::LIST, params).await?;
    rows.iter().map(|row| Account::read(ctx, row)).collect()
}

/// How many accounts there are, how many of them are disabled, and how many verified.
pub async fn count(ctx: &Ctx) -> Result<[i64; 3]> {
    let rows = ctx.db.scan(&store::COUNT, params![]).await?;
    let of = |column| rows.first().map_or(Ok(0), |row| row.int(column));
    Ok([of(0)?, of(1)?, of(2)?])
}

/// Whether there is any account at all.
pub async fn any(ctx: &Ctx) -> Result<bool> {
    Ok(ctx.db.first(&store::ANY, params![]).await?.is_some())
}

/// The row itself; deleting it erases it.
pub const PERSONAL_DATA: PersonalData =
    PersonalData { name: "account", export: |ctx, id| Box::pin(export(ctx, id)), erase: |unit, _| unit };

async fn export(ctx: &Ctx, id: AccountId) -> Result<serde_json::Value> {
    serde_json::to_value(User::from(&existing(ctx, id).await?)).map_err(Error::internal)
}

/// The refusal of a taken address.
pub fn taken() -> Error {
    Error::new(Code::UserExists, "There is an account with this e-mail address already.")
}

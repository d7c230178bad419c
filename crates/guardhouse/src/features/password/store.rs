//! All SQL about passwords.

use guardhouse_core::{ids::AccountId, time::Timestamp};
use guardhouse_store::{migrations::Migration, params, statements};
use serde_json::{Value, json};

use crate::kernel::{ctx::Ctx, errors::Result, feature::PersonalData};

/// The table.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 30,
        feature: "password",
        name: "password hashes",
        sql: "create table passwords (
            account_id BLOB primary key references accounts (id) on delete cascade,
            hash TEXT not null,
            set_at INTEGER not null
        ) STRICT;",
        oldest_binary: 1,
    },
    Migration {
        number: 50,
        feature: "password",
        name: "how often a password was set",
        sql: "alter table passwords add column generation INTEGER not null default 0;",
        oldest_binary: 1,
    },
];

statements! {
    /// $1 account
    FIND = "select hash, generation, set_at from passwords where account_id = $1";
    /// $1 account
    EXPORT = "select set_at from passwords where account_id = $1";
    /// $1 account, $2 hash, $3 now
    SET = "insert into passwords (account_id, hash, set_at) values ($1, $2, $3)
        on conflict (account_id) do update
        set hash = excluded.hash, set_at = excluded.set_at, generation = passwords.generation + 1";
    /// $1 account
    FORSAKE = "delete from passwords where account_id = $1";
    /// The password that was verified is the account's still; on PostgreSQL this also locks it against a change at the
    /// same moment. Another login may have replaced its hash by a better one meanwhile, which stays.
    /// Both marks of a change are held against what was read: binaries from before the generation keep only the time.
    /// $1 account, $2 generation, $3 since when, $4 hash verified, $5 hash to store from now on
    STILL = "update passwords set hash = case when hash = $4 then $5 else hash end
        where account_id = $1 and generation = $2 and set_at = $3";
    /// A sample of the hashes in use, for the cost of unknown accounts (rulings 24). $1 from this account on
    SAMPLE = "select account_id, hash from passwords where account_id >= $1 order by account_id limit 32";
    /// The same of the newest accounts.
    NEWEST = "select account_id, hash from passwords order by account_id desc limit 32";
}

/// That there is a password, and since when; it goes with the account.
pub(super) const PERSONAL_DATA: PersonalData =
    PersonalData { name: "password", export: |ctx, id| Box::pin(export(ctx, id)), erase: |unit, _| unit };

async fn export(ctx: &Ctx, account: AccountId) -> Result<Value> {
    let row = ctx.db.first(&EXPORT, params![account]).await?;
    row.map_or(Ok(Value::Null), |row| Ok(json!({"set_at": Timestamp(row.int(0)?)})))
}

//! All SQL about secrets of authenticator applications.

use guardhouse_store::{migrations::Migration, statements};

statements! {
    /// Begins anew; nothing where one is enrolled. $1 account, $2 secret, $3 now
    BEGIN = "insert into totp_secrets (account_id, secret, last_step, created_at) values ($1, $2, 0, $3)
        on conflict (account_id) do update set secret = excluded.secret, last_step = 0, created_at = excluded.created_at
        where totp_secrets.factor_id is null";
    /// One that waits for its first code. $1 account, $2 not before
    PENDING = "select secret from totp_secrets where account_id = $1 and factor_id is null and created_at > $2";
    /// One that is enrolled. $1 account
    FIND = "select secret, factor_id from totp_secrets where account_id = $1 and factor_id is not null";
    /// The very secret that the code was of. $1 account, $2 secret, $3 factor, $4 step
    CONFIRM = "update totp_secrets set factor_id = $3, last_step = $4
        where account_id = $1 and secret = $2 and factor_id is null";
    /// A step counts once, and none before it. $1 account, $2 step, $3 factor
    USE_STEP = "update totp_secrets set last_step = $2 where account_id = $1 and factor_id = $3 and last_step < $2";
    /// How many each master key seals.
    SEALED_UNDER = "select substr(secret, 1, 4), count(*) from totp_secrets group by substr(secret, 1, 4)";
    /// Sealed under another master key than the current one. $1 id of the current one, $2 after this account, $3 how many
    SEALED_BEFORE = "select account_id, secret from totp_secrets
        where substr(secret, 1, 4) <> $1 and account_id > $2 order by account_id limit $3";
    /// Nothing where it is another secret by now. $1 account, $2 sealed until now, $3 sealed from now on
    SEAL = "update totp_secrets set secret = $3 where account_id = $1 and secret = $2";
    /// $1 not before, $2 how many
    SWEEP = "delete from totp_secrets where account_id in (select account_id from totp_secrets
        where factor_id is null and created_at < $1 limit $2) and factor_id is null and created_at < $1";
}

/// The table.
pub const MIGRATIONS: &[Migration] = &[Migration {
    number: 103,
    feature: "totp",
    name: "secrets of authenticator applications",
    sql: "create table totp_secrets (
        account_id BLOB primary key references accounts (id) on delete cascade,
        factor_id BLOB references factors (id) on delete cascade,
        secret BLOB not null,
        last_step INTEGER not null,
        created_at INTEGER not null
    ) STRICT;
    create index totp_secrets_factor on totp_secrets (factor_id);
    create index totp_secrets_created_at on totp_secrets (created_at);",
    oldest_binary: 1,
}];

//! All SQL about recovery codes and removals that wait.

use guardhouse_store::{migrations::Migration, statements};

statements! {
    /// $1 account
    CLEAR_CODES = "delete from recovery_codes where account_id = $1";
    /// $1 account, $2 digest, $3 now
    ADD_CODE = "insert into recovery_codes (account_id, digest, created_at) values ($1, $2, $3)";
    /// $1 account, $2 digest
    FIND_CODE = "select 1 from recovery_codes where account_id = $1 and digest = $2 and used_at is null";
    /// $1 account, $2 digest, $3 now
    USE_CODE = "update recovery_codes set used_at = $3 where account_id = $1 and digest = $2 and used_at is null";
    /// All and those that are left. $1 account
    COUNT_CODES = "select count(*), sum(case when used_at is null then 1 else 0 end), min(created_at)
        from recovery_codes where account_id = $1";
    /// $1 account, $2 now, $3 due
    ASK_RESET = "insert into mfa_resets (account_id, asked_at, due_at) values ($1, $2, $3)
        on conflict (account_id) do nothing";
    /// $1 account
    STOP_RESET = "delete from mfa_resets where account_id = $1";
    /// Takes it up, at its time. $1 account, $2 now
    TAKE_RESET = "delete from mfa_resets where account_id = $1 and due_at <= $2";
    /// $1 account
    FIND_RESET = "select due_at from mfa_resets where account_id = $1";
    /// $1 now, $2 how many
    DUE_RESETS = "select account_id from mfa_resets where due_at <= $1 order by due_at limit $2";
}

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    number: 102,
    feature: "mfa",
    name: "recovery codes, and removals of factors that wait",
    sql: "create table recovery_codes (
        account_id BLOB not null references accounts (id) on delete cascade,
        digest BLOB not null,
        created_at INTEGER not null,
        used_at INTEGER,
        primary key (account_id, digest)
    ) STRICT;
    create table mfa_resets (
        account_id BLOB primary key references accounts (id) on delete cascade,
        asked_at INTEGER not null,
        due_at INTEGER not null
    ) STRICT;
    create index mfa_resets_due_at on mfa_resets (due_at);",
    oldest_binary: 1,
}];

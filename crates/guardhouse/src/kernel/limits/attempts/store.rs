//! Attempts by the keyed hash of what was attacked.

use guardhouse_store::{migrations::Migration, statements};

statements! {
    /// Counts one more attempt unless locked; a row untouched for a day starts anew.
    /// $1 key, $2 now, $3 stale before, $4 attempts allowed, $5 base, $6 max, $7 account
    RESERVE = "insert into attempts (key, failures, locked_until, updated_at, account)
        values ($1, 1, case when 1 >= cast($4 as bigint) then cast($2 as bigint) + $5 else 0 end, $2, $7)
        on conflict (key) do update set
            failures = case when attempts.updated_at < $3 then 1 else attempts.failures + 1 end,
            locked_until = case
                when attempts.updated_at < $3 or attempts.failures + 1 < $4 then 0
                when attempts.failures + 1 - $4 >= 20 then cast($2 as bigint) + $6
                when cast($5 as bigint) * (1 << cast(attempts.failures + 1 - $4 as integer)) >= $6 then cast($2 as bigint) + $6
                else cast($2 as bigint) + cast($5 as bigint) * (1 << cast(attempts.failures + 1 - $4 as integer)) end,
            updated_at = $2
        where attempts.locked_until <= $2
        returning failures, locked_until";
    /// $1 key
    FIND = "select failures, locked_until, updated_at from attempts where key = $1";
    /// $1 key
    FORGET = "delete from attempts where key = $1";
    /// $1 key, $2 account
    UNLOCK = "delete from attempts where key = $1 or account = $2";
    /// $1 account
    EXPORT = "select failures, locked_until, updated_at from attempts where account = $1 order by updated_at";
    /// $1 account
    ERASE = "delete from attempts where account = $1";
    /// $1 untouched since before, $2 now, $3 how many
    SWEEP = "delete from attempts where key in (
        select key from attempts where updated_at < $1 and locked_until <= $2 limit $3) and locked_until <= $2";
    /// Rows of addresses, known or not.
    COUNT = "select count(*) from attempts where account is null";
    /// The oldest of them that are not locked. $1 now, $2 how many
    TRIM = "delete from attempts where key in (
        select key from attempts where account is null and locked_until <= $1 order by updated_at limit $2)";
}

/// The table.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 13,
        feature: "limits",
        name: "attempts",
        sql: "create table attempts (
        key BLOB primary key,
        failures INTEGER not null,
        locked_until INTEGER not null,
        updated_at INTEGER not null
    ) STRICT;
    create index attempts_updated_at on attempts (updated_at);",
        oldest_binary: 1,
    },
    Migration {
        number: 16,
        feature: "limits",
        name: "whose device or session attempts came from",
        sql: "alter table attempts add column account BLOB;
        create index attempts_account on attempts (account);",
        oldest_binary: 1,
    },
];

//! All SQL about enrolled factors.

use guardhouse_store::{migrations::Migration, statements};

statements! {
    /// Nothing where the account has too many. $1 id, $2 account, $3 method, $4 name, $5 now, $6 how many at most
    ADD = "insert into factors (id, account_id, method, name, created_at)
        select $1, $2, $3, $4, $5 where (select count(*) from factors where account_id = $2) < $6";
    /// $1 id, $2 account, $3 now
    USED = "update factors set last_used_at = $3 where id = $1 and account_id = $2";
    /// $1 id, $2 account, $3 name
    RENAME = "update factors set name = $3 where id = $1 and account_id = $2";
    /// $1 id, $2 account
    REMOVE = "delete from factors where id = $1 and account_id = $2";
    /// $1 account
    REMOVE_ALL = "delete from factors where account_id = $1";
    /// $1 account
    LIST = "select id, method, name, created_at, last_used_at from factors where account_id = $1 order by created_at, id";
}

/// The table.
pub const MIGRATION: Migration = Migration {
    number: 100,
    feature: "factors",
    name: "enrolled second factors",
    sql: "create table factors (
        id BLOB primary key,
        account_id BLOB not null references accounts (id) on delete cascade,
        method TEXT not null,
        name TEXT not null,
        created_at INTEGER not null,
        last_used_at INTEGER
    ) STRICT;
    create index factors_account on factors (account_id, created_at);",
    oldest_binary: 1,
};

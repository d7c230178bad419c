//! What is kept of service accounts beside the account.

use guardhouse_store::{migrations::Migration, statements};

/// The table.
pub const MIGRATION: Migration = Migration {
    number: 93,
    feature: "service_accounts",
    name: "what service accounts are for",
    sql: "create table service_accounts (
        account_id BLOB primary key references accounts (id) on delete cascade,
        description TEXT not null
    ) STRICT;",
    oldest_binary: 1,
};

statements! {
    /// $1 account, $2 description
    DESCRIBE = "insert into service_accounts (account_id, description) values ($1, $2)
        on conflict (account_id) do update set description = excluded.description";
    /// $1 account
    DESCRIPTION = "select description from service_accounts where account_id = $1";
}

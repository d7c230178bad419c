//! All SQL of the first administrator.

use guardhouse_store::{migrations::Migration, statements};

/// The table: one row at most.
pub(super) const MIGRATIONS: &[Migration] = &[Migration {
    number: 40,
    feature: "setup",
    name: "the setup code of an empty server",
    sql: "create table setup_codes (
        slot INTEGER primary key,
        id BLOB not null,
        digest BLOB not null,
        created_at INTEGER not null,
        expires_at INTEGER not null
    ) STRICT;",
    oldest_binary: 1,
}];

statements! {
    /// Takes the place of the code before, while there is nobody. $1 id, $2 digest, $3 now, $4 expires
    ISSUE = "insert into setup_codes (slot, id, digest, created_at, expires_at)
        select 1, $1, $2, $3, $4 where not exists (select 1 from accounts)
        on conflict (slot) do update set id = excluded.id, digest = excluded.digest,
            created_at = excluded.created_at, expires_at = excluded.expires_at";
    /// $1 id, $2 now
    FIND = "select digest from setup_codes where id = $1 and expires_at > $2";
    /// Nothing once there is anybody. $1 id, $2 digest, $3 now
    CONSUME = "delete from setup_codes where id = $1 and digest = $2 and expires_at > $3
        and not exists (select 1 from accounts)";
    /// What was printed and never used.
    FORGET = "delete from setup_codes";
}

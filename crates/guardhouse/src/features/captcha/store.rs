//! All SQL of the feature: the challenges that were answered, until they are too old to be answered anyway.

use guardhouse_store::{migrations::Migration, statements};

statements! {
    /// No row where it was spent before, on whichever node. $1 id, $2 expires
    SPEND = "insert into spent_challenges (id, expires_at) values ($1, $2) on conflict (id) do nothing";
    /// $1 over before, $2 how many
    SWEEP = "delete from spent_challenges where id in (select id from spent_challenges where expires_at < $1 limit $2)";
}

/// The table.
pub(super) const MIGRATIONS: &[Migration] = &[Migration {
    number: 115,
    feature: "captcha",
    name: "challenges that were answered",
    sql: "create table spent_challenges (
        id BLOB primary key,
        expires_at INTEGER not null
    ) STRICT;
    create index spent_challenges_expires_at on spent_challenges (expires_at);",
    oldest_binary: 1,
}];

//! All SQL about places.

use guardhouse_store::{migrations::Migration, statements};

statements! {
    /// $1 account, $2 place
    KNOWN = "select 1 from sign_in_places where account_id = $1 and place = $2";
    /// $1 account, $2 place, $3 now
    SEEN = "insert into sign_in_places (account_id, place, first_at, last_at) values ($1, $2, $3, $3)
        on conflict (account_id, place) do update set last_at = $3";
    /// $1 account
    EXPORT = "select count(*), min(first_at), max(last_at) from sign_in_places where account_id = $1";
    /// $1 not seen since, $2 how many
    SWEEP_PLACES = "delete from sign_in_places where (account_id, place) in
        (select account_id, place from sign_in_places where last_at < $1 limit $2)";
    /// $1 account
    LAST_SPOT = "select spot, at from sign_in_spots where account_id = $1";
    /// $1 account, $2 spot, $3 now
    MOVED = "insert into sign_in_spots (account_id, spot, at) values ($1, $2, $3)
        on conflict (account_id) do update set spot = $2, at = $3";
    /// $1 not seen since, $2 how many
    SWEEP_SPOTS = "delete from sign_in_spots where account_id in
        (select account_id from sign_in_spots where at < $1 limit $2)";
}

/// The tables.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 120,
        feature: "alerts",
        name: "from where accounts were signed in to",
        sql: "create table sign_in_places (
        account_id BLOB not null references accounts (id) on delete cascade,
        place BLOB not null,
        first_at INTEGER not null,
        last_at INTEGER not null,
        primary key (account_id, place)
    ) STRICT;
    create index sign_in_places_last_at on sign_in_places (last_at);",
        oldest_binary: 1,
    },
    Migration {
        number: 121,
        feature: "alerts",
        name: "where the last sign-in was",
        sql: "create table sign_in_spots (
            account_id BLOB primary key references accounts (id) on delete cascade,
            spot BLOB not null,
            at INTEGER not null
        ) STRICT;
        create index sign_in_spots_at on sign_in_spots (at);",
        oldest_binary: 1,
    },
];

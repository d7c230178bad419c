//! Which recurring work ran when.

use guardhouse_store::{migrations::Migration, statements};

/// The table.
pub const MIGRATION: Migration = Migration {
    number: 15,
    feature: "jobs",
    name: "turns of recurring work",
    sql: "create table turns (name TEXT primary key, next_at INTEGER not null) STRICT;",
    oldest_binary: 1,
};

statements! {
    /// The turn, for whoever asks first when it is due. $1 name, $2 now, $3 the next turn
    TAKE_TURN = "insert into turns (name, next_at) values ($1, $3)
        on conflict (name) do update set next_at = excluded.next_at where turns.next_at <= $2 returning name";
}

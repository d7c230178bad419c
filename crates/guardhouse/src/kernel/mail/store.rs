//! All SQL of letters that are kept in development.

use guardhouse_store::{migrations::Migration, statements};

/// The table. Letters on their way to an SMTP server are jobs.
pub const MIGRATIONS: &[Migration] = &[Migration {
    number: 24,
    feature: "mail",
    name: "mailbox of development",
    sql: "create table mailbox (
              seq INTEGER primary key autoincrement,
              id BLOB not null unique,
              at INTEGER not null,
              sealed BLOB not null
          ) STRICT;",
    oldest_binary: 1,
}];

statements! {
    /// Keeps a letter.
    KEEP = "insert into mailbox (id, at, sealed) values ($1, $2, $3)";
    /// Drops all but the newest two hundred.
    TRIM = "delete from mailbox where seq <= (select max(seq) from mailbox) - 200";
    /// The newest first.
    LIST = "select id, at, sealed from mailbox order by seq desc limit 200";
}

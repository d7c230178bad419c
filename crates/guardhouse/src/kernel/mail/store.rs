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
    /// Letters in the mailbox by the id of the master key that sealed them.
    SEALED_UNDER = "select substr(sealed, 1, 4), count(*) from mailbox group by substr(sealed, 1, 4)";
    /// Letters on their way, likewise. $1 the kind of job that sends one, $2 now
    SENT_UNDER = "select substr(payload, 1, 4), count(*) from jobs
        where kind = $1 and (attempts < max_attempts or locked_until > $2) group by substr(payload, 1, 4)";
    /// Jobs of other kinds, likewise. $1 the kind that sends letters, $2 now, $3 the kind that is not sealed
    LEFT_UNDER = "select substr(payload, 1, 4), count(*) from jobs
        where kind <> $1 and kind <> $3 and (attempts < max_attempts or locked_until > $2) group by substr(payload, 1, 4)";
    /// The newest first.
    LIST = "select id, at, sealed from mailbox order by seq desc limit 200";
}

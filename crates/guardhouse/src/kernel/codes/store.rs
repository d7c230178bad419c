//! The codes that wait, and those used lately.

use guardhouse_store::{migrations::Migration, statements};

statements! {
    /// $1 id, $2 purpose, $3 account, $4 e-mail, $5 its key, $6 digest, $7 short digest, $8 now, $9 expires,
    /// $10 short code expires, $11 payload
    INSERT = "insert into one_time_codes (id, purpose, account_id, email, email_key, digest, short_digest, tries,
        created_at, expires_at, short_expires_at, payload)
        values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11)";
    /// $1 id, $2 now
    FIND = "select id, purpose, account_id, email, digest, payload from one_time_codes
        where id = $1 and used_at is null and expires_at > $2";
    /// The newest that waits for an address. $1 e-mail key, $2 purpose, $3 now
    WAITING = "select id, purpose, account_id, email, digest, payload from one_time_codes
        where email_key = $1 and purpose = $2 and used_at is null and expires_at > $3 order by id desc limit 1";
    /// $1 account
    EXPORT = "select purpose, email, created_at, expires_at, used_at from one_time_codes where account_id = $1 order by id";
    /// Counts a try of a typed code. $1 e-mail key, $2 purpose, $3 now, $4 tries allowed
    TRY = "update one_time_codes set tries = tries + 1 where id = (
            select id from one_time_codes where email_key = $1 and purpose = $2 and used_at is null
                and short_digest is not null and short_expires_at > $3 order by id desc limit 1)
        and tries < $4 returning id, purpose, account_id, email, short_digest, payload";
    /// $1 id, $2 now
    CONSUME = "update one_time_codes set used_at = $2 where id = $1 and used_at is null and expires_at > $2";
    /// What was sent before counts no more. $1 account, $2 purpose
    FORGET = "delete from one_time_codes where account_id = $1 and purpose = $2 and used_at is null";
    /// The same whatever they permit. $1 account
    FORGET_ALL = "delete from one_time_codes where account_id = $1 and used_at is null";
    /// Whatever was sent to an address, used or not. $1 e-mail key, $2 purpose
    FORGET_ADDRESS = "delete from one_time_codes where email_key = $1 and purpose = $2";
    /// Codes that still count by the id of their master key. $1 now
    MADE_UNDER = "select substr(short_digest, 1, 4), count(*) from one_time_codes
        where used_at is null and expires_at > $1 and short_digest is not null group by substr(short_digest, 1, 4)";
    /// $1 over since before, $2 how many
    SWEEP = "delete from one_time_codes where id in (select id from one_time_codes where expires_at < $1 limit $2)";
}

/// The table.
pub const MIGRATION: Migration = Migration {
    number: 14,
    feature: "codes",
    name: "one-time codes",
    sql: "create table one_time_codes (
        id BLOB primary key,
        purpose TEXT not null,
        account_id BLOB references accounts (id) on delete cascade,
        email TEXT not null,
        email_key TEXT not null,
        digest BLOB not null,
        short_digest BLOB,
        tries INTEGER not null,
        created_at INTEGER not null,
        expires_at INTEGER not null,
        short_expires_at INTEGER not null,
        used_at INTEGER,
        payload BLOB
    ) STRICT;
    create index one_time_codes_email on one_time_codes (email_key, purpose, id);
    create index one_time_codes_account on one_time_codes (account_id, purpose);
    create index one_time_codes_expires_at on one_time_codes (expires_at);",
    oldest_binary: 1,
};

//! Logins and proofs that wait for a second factor.

use guardhouse_store::{migrations::Migration, statements};

statements! {
    /// $1 id, $2 digest, $3 account, $4 session or null, $5 payload, $6 now, $7 expires, $8 epoch
    INSERT = "insert into mfa_tickets (id, digest, account_id, session_id, payload, tries, challenges, created_at, expires_at, epoch)
        values ($1, $2, $3, $4, $5, 0, 0, $6, $7, $8)";
    /// Nothing once the account's credentials are others. $1 id, $2 now
    FIND = "select digest, account_id, session_id, payload, method, state from mfa_tickets
        where id = $1 and used_at is null and expires_at > $2
            and epoch = (select device_epoch from accounts where id = account_id)";
    /// Counts an answer. $1 id, $2 now, $3 how many at most
    TRY = "update mfa_tickets set tries = tries + 1
        where id = $1 and used_at is null and expires_at > $2 and tries < $3";
    /// A challenge is prepared; it takes the place of the one before. $1 id, $2 now, $3 method, $4 state, $5 how many at most
    CHALLENGE = "update mfa_tickets set method = $3, state = $4, challenges = challenges + 1
        where id = $1 and used_at is null and expires_at > $2 and challenges < $5";
    /// $1 id, $2 now
    CONSUME = "update mfa_tickets set used_at = $2 where id = $1 and used_at is null and expires_at > $2
        and epoch = (select device_epoch from accounts where id = account_id)";
    /// A login's ticket that was never used. $1 id
    UNANSWERED = "select account_id, payload, created_at from mfa_tickets where id = $1 and used_at is null";
    /// Tickets of logins that led in since then. $1 account, $2 since
    USED_SINCE = "select id, payload from mfa_tickets
        where account_id = $1 and used_at >= $2 and session_id is null order by used_at limit 100";
    /// $1 over since before, $2 how many
    SWEEP = "delete from mfa_tickets where id in (select id from mfa_tickets where expires_at < $1 limit $2)";
}

/// The table.
pub const MIGRATION: Migration = Migration {
    number: 101,
    feature: "login",
    name: "logins that wait for a second factor",
    sql: "create table mfa_tickets (
        id BLOB primary key,
        digest BLOB not null,
        account_id BLOB not null references accounts (id) on delete cascade,
        session_id BLOB references sessions (id) on delete cascade,
        payload BLOB not null,
        method TEXT,
        state BLOB,
        tries INTEGER not null,
        challenges INTEGER not null,
        created_at INTEGER not null,
        expires_at INTEGER not null,
        epoch INTEGER not null,
        used_at INTEGER
    ) STRICT;
    create index mfa_tickets_expires_at on mfa_tickets (expires_at);
    create index mfa_tickets_account on mfa_tickets (account_id);
    create index mfa_tickets_session on mfa_tickets (session_id);",
    oldest_binary: 1,
};

//! All SQL about passkeys and their ceremonies.

use guardhouse_store::{migrations::Migration, statements};

/// The tables. A passkey is a row of `factors` as well, under the same id, and goes with it.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 110,
        feature: "passkeys",
        name: "passkeys",
        sql: "create table passkeys (
            id BLOB primary key references factors (id) on delete cascade,
            account_id BLOB not null references accounts (id) on delete cascade,
            credential_id BLOB not null unique,
            sealed BLOB not null
        ) STRICT;
        create index passkeys_account on passkeys (account_id, id);",
        oldest_binary: 1,
    },
    Migration {
        number: 111,
        feature: "passkeys",
        name: "ceremonies of passkeys",
        sql: "create table passkey_ceremonies (
            digest BLOB primary key,
            session_id BLOB references sessions (id) on delete cascade,
            state BLOB not null,
            expires_at INTEGER not null
        ) STRICT;
        create index passkey_ceremonies_expires_at on passkey_ceremonies (expires_at);
        create index passkey_ceremonies_session on passkey_ceremonies (session_id);",
        oldest_binary: 1,
    },
];

statements! {
    /// $1 digest of the challenge, $2 session or null, $3 state, $4 expires at
    BEGIN = "insert into passkey_ceremonies (digest, session_id, state, expires_at) values ($1, $2, $3, $4)";
    /// Gives a ceremony out once. $1 digest of the challenge, $2 session or null, $3 now
    TAKE = "delete from passkey_ceremonies where digest = $1 and session_id is not distinct from $2 and expires_at > $3
        returning state";
    /// $1 over since before, $2 how many
    SWEEP = "delete from passkey_ceremonies
        where digest in (select digest from passkey_ceremonies where expires_at < $1 limit $2)";
    /// Whether the account may have one more. $1 account, $2 how many at most
    ROOM = "select 1 from accounts where id = $1 and (select count(*) from passkeys where account_id = $1) < $2";
    /// Nothing where somebody has this credential. $1 id, $2 account, $3 credential id, $4 sealed
    ADD = "insert into passkeys (id, account_id, credential_id, sealed) values ($1, $2, $3, $4)
        on conflict (credential_id) do nothing";
    /// $1 credential id
    BY_CREDENTIAL = "select id, account_id, credential_id, sealed from passkeys where credential_id = $1";
    /// $1 account
    OF_ACCOUNT = "select id, account_id, credential_id, sealed from passkeys where account_id = $1 order by id";
    /// How many each master key seals.
    SEALED_UNDER = "select substr(sealed, 1, 4), count(*) from passkeys group by substr(sealed, 1, 4)";
    /// Sealed under another master key than the current one. $1 id of the current one, $2 after this passkey, $3 how many
    SEALED_BEFORE = "select id, account_id, credential_id, sealed from passkeys
        where substr(sealed, 1, 4) <> $1 and id > $2 order by id limit $3";
    /// Nothing where it was used, or is gone, since it was read. $1 id, $2 sealed until now, $3 sealed from now on
    USED = "update passkeys set sealed = $3 where id = $1 and sealed = $2";
}

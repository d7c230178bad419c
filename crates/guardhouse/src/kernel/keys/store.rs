//! All SQL of the signing keys.

use guardhouse_core::time::{Span, Timestamp};
use guardhouse_store::{Result, Row, Value, migrations::Migration, params, statements};

/// The table.
pub const MIGRATIONS: &[Migration] = &[Migration {
    number: 20,
    feature: "keys",
    name: "signing keys",
    sql: "create table signing_keys (
              kid TEXT primary key,
              generation INTEGER not null unique,
              alg TEXT not null,
              sealed BLOB not null,
              public_jwk TEXT not null,
              longest_ttl INTEGER not null,
              created_at INTEGER not null,
              not_before INTEGER not null,
              retire_at INTEGER,
              retired_at INTEGER
          ) STRICT;",
    oldest_binary: 1,
}];

statements! {
    /// Every key, the newest last.
    LIST = "select kid, generation, alg, sealed, public_jwk, longest_ttl, created_at, not_before, retire_at, retired_at
        from signing_keys order by generation";
    /// Keys before a generation, the newest first. $1 generation, $2 how many
    PAGE = "select kid, generation, alg, sealed, public_jwk, longest_ttl, created_at, not_before, retire_at, retired_at
        from signing_keys where generation < $1 order by generation desc limit $2";
    /// A new key. Whoever was not the first to take the generation is refused by its unique key.
    ADD = "insert into signing_keys (kid, generation, alg, sealed, public_jwk, longest_ttl, created_at, not_before)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// Sets the end of all keys older than a generation.
    SET_END = "update signing_keys set retire_at = $1 where retired_at is null and retire_at is null and generation < $2";
    /// Ends a key now; its private half goes.
    RETIRE = "update signing_keys set retired_at = $2, retire_at = coalesce(retire_at, $2), sealed = $3
        where kid = $1 and retired_at is null";
    /// Ends what is overdue; the private halves go.
    RETIRE_OVERDUE = "update signing_keys set retired_at = $1, sealed = $2 where retired_at is null and retire_at <= $1";
    /// Notes that tokens of this length are issued.
    LENGTHEN = "update signing_keys set longest_ttl = $1 where retired_at is null and longest_ttl < $1";
    /// Private halves by the id of the master key that sealed them.
    SEALED_UNDER = "select substr(sealed, 1, 4), count(*) from signing_keys where length(sealed) > 0
        group by substr(sealed, 1, 4)";
    /// Seals anew, unless somebody else has meanwhile.
    RESEAL = "update signing_keys set sealed = $2 where kid = $1 and sealed = $3 and retired_at is null";
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// Its name: the thumbprint of the public half (RFC 7638).
    pub kid: String,
    /// Its place in the order of keys.
    pub generation: i64,
    /// Its algorithm.
    pub alg: String,
    /// PKCS#8 under the master key; empty once retired.
    pub sealed: Vec<u8>,
    /// The public half.
    pub public_jwk: String,
    /// The longest life of a token that was issued while it was known.
    pub longest_ttl: Span,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs.
    pub not_before: Timestamp,
    /// Until when it verifies, once that is known.
    pub retire_at: Option<Timestamp>,
    /// When it stopped to verify.
    pub retired_at: Option<Timestamp>,
}

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Published, signs later.
    Next,
    /// Signs.
    Active,
    /// Verifies what it signed earlier.
    Retiring,
    /// Good for nothing.
    Retired,
}

impl StoredKey {
    /// Its state at a moment.
    pub fn state(&self, now: Timestamp) -> KeyState {
        match (self.retired_at, self.retire_at) {
            (Some(_), _) => KeyState::Retired,
            (None, Some(end)) if end <= now => KeyState::Retired,
            (None, Some(_)) => KeyState::Retiring,
            (None, None) if self.not_before > now => KeyState::Next,
            (None, None) => KeyState::Active,
        }
    }

    /// For [`ADD`].
    pub(super) fn params(&self) -> Vec<Value> {
        params![
            &self.kid,
            self.generation,
            &self.alg,
            &self.sealed,
            &self.public_jwk,
            self.longest_ttl.0,
            self.created_at,
            self.not_before
        ]
    }
}

/// Reads a row of [`LIST`].
pub(super) fn read(row: &Row) -> Result<StoredKey> {
    Ok(StoredKey {
        kid: row.text(0)?,
        generation: row.int(1)?,
        alg: row.text(2)?,
        sealed: row.bytes(3)?,
        public_jwk: row.text(4)?,
        longest_ttl: Span(row.int(5)?),
        created_at: Timestamp(row.int(6)?),
        not_before: Timestamp(row.int(7)?),
        retire_at: row.opt_int(8)?.map(Timestamp),
        retired_at: row.opt_int(9)?.map(Timestamp),
    })
}

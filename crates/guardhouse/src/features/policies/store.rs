//! All SQL of resource policies.

use std::sync::Arc;

use guardhouse_core::{
    ids::{AccountId, PolicyId},
    time::Timestamp,
};
use guardhouse_store::{Row, StoreError, migrations::Migration, statements};

use super::engine::Active;

/// The tables. `policy_set` has one row once anything was changed: each change takes the next generation, so that of two at
/// once one is refused, whichever policies they are about. What is checked against all others thus stays true.
pub(super) const MIGRATIONS: &[Migration] = &[Migration {
    number: 80,
    feature: "policies",
    name: "resource policies, their versions and their schema",
    sql: "create table policies (
        id BLOB primary key,
        name TEXT not null,
        description TEXT not null,
        version INTEGER not null,
        tests TEXT not null,
        created_at INTEGER not null,
        updated_at INTEGER not null
    ) STRICT;
    create unique index policies_name on policies (name);
    create table policy_versions (
        policy_id BLOB not null references policies (id) on delete cascade,
        version INTEGER not null,
        source TEXT not null,
        created_at INTEGER not null,
        created_by BLOB,
        primary key (policy_id, version)
    ) STRICT;
    create table policy_schemas (
        version INTEGER primary key,
        source TEXT not null,
        created_at INTEGER not null,
        created_by BLOB
    ) STRICT;
    create table policy_set (
        slot INTEGER primary key,
        generation INTEGER not null,
        schema_version INTEGER
    ) STRICT;",
    oldest_binary: 1,
}];

statements! {
    /// Takes the next generation, if the one that was read is still the last. $1 the generation that was read
    TURN = "insert into policy_set (slot, generation) values (1, 1)
        on conflict (slot) do update set generation = policy_set.generation + 1 where policy_set.generation = $1";
    /// The generation, the schema's version and its source.
    SET = "select generation, schema_version, policy_schemas.source, policy_schemas.created_at, policy_schemas.created_by
        from policy_set left join policy_schemas on policy_schemas.version = schema_version where slot = 1";
    /// Every policy with its active version, the oldest first.
    ACTIVE = "select policies.id, name, policies.version, policy_versions.source, tests
        from policies join policy_versions on policy_id = policies.id and policy_versions.version = policies.version
        order by policies.id";
    /// $1 id
    FIND = "select policies.id, name, policies.version, policy_versions.source, tests, description,
            policies.created_at, policies.updated_at
        from policies join policy_versions on policy_id = policies.id and policy_versions.version = policies.version
        where policies.id = $1";
    /// The newest first. $1 before this id, $2 how many
    LIST = "select policies.id, name, policies.version, policy_versions.source, tests, description,
            policies.created_at, policies.updated_at
        from policies join policy_versions on policy_id = policies.id and policy_versions.version = policies.version
        where policies.id < $1 order by policies.id desc limit $2";
    /// Nothing where the name is taken. $1 id, $2 name, $3 description, $4 tests, $5 now
    INSERT = "insert into policies (id, name, description, version, tests, created_at, updated_at)
        values ($1, $2, $3, 1, $4, $5, $5) on conflict (name) do nothing";
    /// $1 policy, $2 version, $3 source, $4 now, $5 by whom
    ADD_VERSION = "insert into policy_versions (policy_id, version, source, created_at, created_by)
        values ($1, $2, $3, $4, $5)";
    /// $1 id, $2 active version, $3 description, $4 tests, $5 now
    UPDATE = "update policies set version = $2, description = $3, tests = $4, updated_at = $5 where id = $1";
    /// $1 id
    DELETE = "delete from policies where id = $1";
    /// The newest first. $1 policy, $2 before this version, $3 how many
    VERSIONS = "select version, source, created_at, created_by from policy_versions
        where policy_id = $1 and version < $2 order by version desc limit $3";
    /// $1 policy, $2 version
    VERSION = "select source from policy_versions where policy_id = $1 and version = $2";
    /// $1 policy
    LAST_VERSION = "select max(version) from policy_versions where policy_id = $1";
    LAST_SCHEMA = "select coalesce(max(version), 0) from policy_schemas";
    /// $1 version, $2 source, $3 now, $4 by whom
    ADD_SCHEMA = "insert into policy_schemas (version, source, created_at, created_by) values ($1, $2, $3, $4)";
    /// $1 version, or none
    USE_SCHEMA = "update policy_set set schema_version = $1 where slot = 1";
}

/// A policy as it is stored, its active version with it.
#[derive(Clone, Debug)]
pub(super) struct StoredPolicy {
    pub active: Active,
    pub tests: String,
    pub description: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A row of [`ACTIVE`]: the policy and its stored test cases.
pub(super) fn active(row: &Row) -> Result<(Active, String), StoreError> {
    let active = Active {
        id: PolicyId::from_bytes(row.id16(0)?),
        name: Arc::from(row.text(1)?),
        version: row.int(2)?,
        source: Arc::from(row.text(3)?),
    };
    Ok((active, row.text(4)?))
}

/// A row of [`FIND`] or [`LIST`].
pub(super) fn policy(row: &Row) -> Result<StoredPolicy, StoreError> {
    let (active, tests) = active(row)?;
    Ok(StoredPolicy {
        active,
        tests,
        description: row.text(5)?,
        created_at: Timestamp(row.int(6)?),
        updated_at: Timestamp(row.int(7)?),
    })
}

/// A version as it is stored.
pub(super) struct StoredVersion {
    pub version: i64,
    pub source: String,
    pub created_at: Timestamp,
    pub created_by: Option<AccountId>,
}

/// Columns from `first` on: version, source, when, by whom.
pub(super) fn version(row: &Row, first: usize) -> Result<StoredVersion, StoreError> {
    Ok(StoredVersion {
        version: row.int(first)?,
        source: row.text(first + 1)?,
        created_at: Timestamp(row.int(first + 2)?),
        created_by: row.opt_id16(first + 3)?.map(AccountId::from_bytes),
    })
}

//! All SQL about roles and declared permissions.

use guardhouse_store::{migrations::Migration, rows_of_owners, statements};

/// The tables.
pub const MIGRATION: Migration = Migration {
    number: 60,
    feature: "roles",
    name: "roles and declared permissions",
    sql: concat!(
        "create table roles (
        id BLOB primary key,
        scope TEXT not null,
        tenant_id BLOB,
        name TEXT not null,
        description TEXT not null,
        permissions TEXT not null,
        includes TEXT not null,
        version INTEGER not null,
        created_at INTEGER not null,
        updated_at INTEGER not null
    ) STRICT;
    create unique index roles_name on roles (scope, name);
    create table permissions (
        name TEXT primary key,
        description TEXT not null,
        created_at INTEGER not null
    ) STRICT;",
        rows_of_owners!("roles", "tenant_id")
    ),
    oldest_binary: 1,
};

statements! {
    /// $1 scope: empty for everywhere, or the tenant's id as text
    OF_SCOPE = "select id, name, description, tenant_id, permissions, includes, created_at from roles where scope = $1";
    /// $1 id, $2 scope, $3 tenant, $4 name, $5 description, $6 permissions, $7 includes, $8 now
    INSERT = "insert into roles (id, scope, tenant_id, name, description, permissions, includes, version, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8) on conflict (scope, name) do nothing";
    /// $1 id, $2 description, $3 permissions, $4 includes, $5 now
    UPDATE = "update roles set description = $2, permissions = $3, includes = $4, updated_at = $5, version = version + 1
        where id = $1";
    /// $1 id
    DELETE = "delete from roles where id = $1";
    /// The role is there; on PostgreSQL this also locks the row, so that nobody deletes it meanwhile. $1 id
    HOLD = "update roles set version = version where id = $1";
    /// Locks all roles of a scope, so that of two changes that would close a circle together the second sees the first.
    /// $1 scope
    HOLD_SCOPE = "update roles set version = version where scope = $1";
    /// $1 scope
    DELETE_SCOPE = "delete from roles where scope = $1";
    /// $1 name, $2 description, $3 now
    DECLARE = "insert into permissions (name, description, created_at) values ($1, $2, $3) on conflict (name) do nothing";
    /// $1 name
    WITHDRAW = "delete from permissions where name = $1";
    /// $1 after this name, $2 how many
    PERMISSIONS = "select name, description, created_at from permissions where name > $1 order by name limit $2";
    /// $1 this name, or $2 what it begins with
    DECLARED = "select 1 from permissions where name = $1 or ($2 <> '' and substr(name, 1, length($2)) = $2) limit 1";
    /// $1 what the names begin with, $2 how many at most
    BEGINNING = "select name from permissions where substr(name, 1, length($1)) = $1 limit $2";
    /// $1 scope, $2 how many at most
    COUNT_ROLES = "select count(*) from (select 1 from roles where scope = $1 limit $2) as counted";
    /// $1 how many at most
    COUNT_PERMISSIONS = "select count(*) from (select 1 from permissions limit $1) as counted";
}

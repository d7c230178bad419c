//! All SQL about tenants themselves; members are kept with accounts, as bindings of roles.

use guardhouse_store::{migrations::Migration, rows_of_owners, statements};

/// The table.
pub const MIGRATION: Migration = Migration {
    number: 61,
    feature: "tenants",
    name: "tenants",
    sql: concat!(
        "create table tenants (
        id BLOB primary key,
        name TEXT not null,
        slug TEXT not null,
        policy TEXT not null,
        disabled_at INTEGER,
        created_at INTEGER not null,
        updated_at INTEGER not null
    ) STRICT;
    create unique index tenants_slug on tenants (slug);",
        rows_of_owners!("tenants", "id")
    ),
    oldest_binary: 1,
};

statements! {
    /// $1 id, $2 name, $3 slug, $4 policy, $5 now
    INSERT = "insert into tenants (id, name, slug, policy, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)
        on conflict (slug) do nothing";
    /// $1 id
    FIND = "select id, name, slug, policy, disabled_at, created_at, updated_at from tenants where id = $1";
    /// $1 slug
    FIND_BY_SLUG = "select id, name, slug, policy, disabled_at, created_at, updated_at from tenants where slug = $1";
    /// The newest first. $1 before this id, $2 part of the name in lower case as a pattern, $3 how many
    LIST = "select id, name, slug, policy, disabled_at, created_at, updated_at from tenants
        where id < $1 and (lower(name) like $2 escape '!' or slug like $2 escape '!') order by id desc limit $3";
    /// Nothing where somebody else changed it since it was read. $1 id, $2 name, $3 slug, $4 policy, $5 now, $6 when it was
    /// changed last
    UPDATE = "update tenants set name = $2, slug = $3, policy = $4,
        updated_at = case when $5 > updated_at then $5 else updated_at + 1 end where id = $1 and updated_at = $6";
    /// $1 id, $2 since when, or null, $3 now
    SET_DISABLED = "update tenants set disabled_at = $2,
        updated_at = case when $3 > updated_at then $3 else updated_at + 1 end where id = $1";
    /// The tenant is there; on PostgreSQL this also locks the row. $1 id
    HOLD = "update tenants set updated_at = updated_at where id = $1";
    /// $1 id
    DELETE = "delete from tenants where id = $1";
}

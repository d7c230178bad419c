//! All SQL about API keys.

use guardhouse_store::{migrations::Migration, statements};

/// The table. No index holds what a use or a rotation changes, so that PostgreSQL rewrites no index then.
pub(super) const MIGRATIONS: &[Migration] = &[Migration {
    number: 70,
    feature: "api_keys",
    name: "API keys",
    sql: "create table api_keys (
        id BLOB primary key,
        account_id BLOB not null references accounts (id) on delete cascade,
        tenant_id BLOB,
        name TEXT not null,
        prefix TEXT not null,
        scopes TEXT not null,
        allowed_networks TEXT not null,
        rate_limit TEXT,
        quota TEXT,
        digest BLOB not null,
        old_digest BLOB,
        old_until INTEGER,
        created_at INTEGER not null,
        rotated_at INTEGER,
        expires_at INTEGER,
        last_used_at INTEGER,
        use_count INTEGER not null,
        reminded_at INTEGER,
        suspended_at INTEGER
    ) STRICT;
    create index api_keys_account on api_keys (account_id, id);
    create index api_keys_expires_at on api_keys (expires_at) where expires_at is not null;",
    oldest_binary: 1,
}];

/// What lists show, in the order that `view` reads.
macro_rules! shown {
    () => {
        "id, name, prefix, scopes, allowed_networks, rate_limit, quota, created_at, expires_at, last_used_at,
        use_count, rotated_at, old_until, suspended_at, account_id"
    };
}

/// Keys of an account: of one tenant or of none, or all of them. $1 account, $2 whether all, $3 tenant
macro_rules! among {
    () => {
        "account_id = $1 and (cast($2 as bigint) = 1 or tenant_id is not distinct from $3)"
    };
}

statements! {
    /// Whether the owner may have one more: the account, unless it has so many. $1 account, $2 tenant, $3 now, $4 how many
    ROOM = "select 1 from accounts where id = $1 and (select count(*) from api_keys where account_id = $1
        and tenant_id is not distinct from $2 and (expires_at is null or expires_at > $3)) < $4";
    /// $1 id, $2 account, $3 tenant, $4 name, $5 prefix, $6 scopes, $7 networks, $8 rate limit, $9 quota, $10 digest,
    /// $11 now, $12 expires at
    INSERT = "insert into api_keys (id, account_id, tenant_id, name, prefix, scopes, allowed_networks, rate_limit, quota,
        digest, created_at, expires_at, use_count) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0)";
    /// What a check needs, by one look-up. $1 id
    FIND = "select id, account_id, tenant_id, prefix, digest, old_digest, old_until, scopes, allowed_networks, rate_limit,
        quota, expires_at, suspended_at from api_keys where id = $1";
    /// Newest first. $1 to $3 among which, $4 before this id, $5 how many
    LIST = concat!("select ", shown!(), " from api_keys where ", among!(), " and id < $4 order by id desc limit $5");
    /// $1 to $3 among which, $4 id
    SHOW = concat!("select ", shown!(), " from api_keys where ", among!(), " and id = $4");
    /// Whose a key is. $1 id
    OWNER = "select account_id from api_keys where id = $1";
    /// The digest that a rotation replaces. $1 to $3 among which, $4 id
    DIGEST = concat!("select digest from api_keys where ", among!(), " and id = $4");
    /// What is null stays. $1 to $3 among which, $4 id, $5 name, $6 scopes, $7 networks, $8 rate limit or `off`, $9 quota
    /// or `off`, $10 expires at, $11 whether suspended, $12 now
    UPDATE = concat!("update api_keys set name = coalesce($5, name), scopes = coalesce($6, scopes),
        allowed_networks = coalesce($7, allowed_networks), rate_limit = nullif(coalesce($8, rate_limit), 'off'),
        quota = nullif(coalesce($9, quota), 'off'), expires_at = coalesce(cast($10 as bigint), expires_at),
        reminded_at = case when cast($10 as bigint) is null then reminded_at end,
        suspended_at = case cast($11 as bigint) when 1 then coalesce(suspended_at, cast($12 as bigint))
            when 0 then null else suspended_at end
        where ", among!(), " and id = $4");
    /// A new secret beside the one it replaces; nothing where another rotation came first. $1 to $3 among which, $4 id,
    /// $5 the digest until now, $6 the new one, $7 the old one where it still works, $8 until when, $9 now
    ROTATE = concat!("update api_keys set digest = $6, old_digest = $7, old_until = $8, rotated_at = $9
        where ", among!(), " and id = $4 and digest = $5");
    /// $1 to $3 among which, $4 id
    DELETE = concat!("delete from api_keys where ", among!(), " and id = $4");
    /// The key is still this one; used where it was found by its secret. $1 id, $2 account
    DELETE_LEAKED = "delete from api_keys where id = $1 and account_id = $2";
    /// $1 now
    SUSPEND_ALL = "update api_keys set suspended_at = $1 where suspended_at is null";
    /// $1 id, $2 how often, $3 last at
    USED = "update api_keys set use_count = use_count + $2,
        last_used_at = case when last_used_at is null or last_used_at < $3 then $3 else last_used_at end where id = $1";
    /// Keys that expire soon, whose owners were not told, but for those made for no longer than that.
    /// $1 now, $2 expire before, $3 how long before, $4 how many
    EXPIRING = "select id, account_id, prefix, expires_at from api_keys where expires_at > $1 and expires_at <= $2
        and reminded_at is null and expires_at - created_at > $3 order by expires_at limit $4";
    /// $1 id, $2 now, $3 when it expires
    REMINDED = "update api_keys set reminded_at = $2 where id = $1 and reminded_at is null and expires_at = $3";
    /// M-40. $1 over since before, $2 how many
    SWEEP_EXPIRED = "delete from api_keys where id in (select id from api_keys where expires_at < $1 limit $2)";
    /// $1 account
    EXPORT = concat!("select ", shown!(), " from api_keys where account_id = $1 order by id desc");
}

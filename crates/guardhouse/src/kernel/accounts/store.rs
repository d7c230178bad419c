//! All SQL about accounts.

use guardhouse_store::{migrations::Migration, rows_of_owners, statements};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 10,
        feature: "accounts",
        name: "accounts and their roles",
        sql: "create table accounts (
        id BLOB primary key,
        email TEXT not null,
        email_key TEXT not null,
        email_verified_at INTEGER,
        name TEXT not null,
        created_at INTEGER not null,
        updated_at INTEGER not null,
        last_login_at INTEGER,
        disabled_at INTEGER
    ) STRICT;
    create unique index accounts_email_key on accounts (email_key);
    create table account_roles (
        account_id BLOB not null references accounts (id) on delete cascade,
        role TEXT not null,
        created_at INTEGER not null,
        primary key (account_id, role)
    ) STRICT;
    create index account_roles_role on account_roles (role);",
        oldest_binary: 1,
    },
    Migration {
        number: 51,
        feature: "accounts",
        name: "how often known devices were forgotten",
        sql: "alter table accounts add column device_epoch INTEGER not null default 0;",
        oldest_binary: 1,
    },
    Migration {
        number: 62,
        feature: "accounts",
        name: "bindings of roles, and accounts of machines",
        sql: concat!(
            "create table role_bindings (
        id BLOB primary key,
        subject BLOB not null references accounts (id) on delete cascade,
        role TEXT not null,
        scope TEXT not null,
        tenant_id BLOB,
        resource_type TEXT,
        resource_id TEXT,
        created_at INTEGER not null
    ) STRICT;
    create unique index role_bindings_held on role_bindings (subject, scope, role);
    create index role_bindings_scope on role_bindings (scope, subject);
    create index role_bindings_tenant on role_bindings (tenant_id, id);
    create index role_bindings_role on role_bindings (role, scope);
    create index role_bindings_resource on role_bindings (resource_type, resource_id);
    insert into role_bindings (id, subject, role, scope, created_at)
        select randomblob(16), account_id, role, '', created_at from account_roles;
    drop table account_roles;
    alter table accounts add column kind TEXT not null default 'person';
    alter table accounts add column tenant_id BLOB;
    create index accounts_tenant on accounts (tenant_id, id);",
            rows_of_owners!("role_bindings", "tenant_id")
        ),
        oldest_binary: 1,
    },
];

statements! {
    /// $1 id, $2 e-mail, $3 its key, $4 verified at, $5 name, $6 now
    INSERT = "insert into accounts (id, email, email_key, email_verified_at, name, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $6) on conflict (email_key) do nothing";
    /// $1 id
    FIND = "select id, email, email_verified_at, name, created_at, last_login_at, disabled_at,
            (select string_agg(role, ' ') from role_bindings where subject = accounts.id and scope = ''), device_epoch, email_key,
            kind, tenant_id, (select count(*) from factors where account_id = accounts.id)
        from accounts where id = $1";
    /// With its roles at once, so that an unknown address costs as many statements (`A17`). $1 key of the e-mail address
    FIND_BY_EMAIL = "select id, email, email_verified_at, name, created_at, last_login_at, disabled_at,
            (select string_agg(role, ' ') from role_bindings where subject = accounts.id and scope = ''), device_epoch, email_key,
            kind, tenant_id, (select count(*) from factors where account_id = accounts.id)
        from accounts where email_key = $1 and kind = 'person'";
    /// A login happened; nothing when the account may not sign in. On PostgreSQL this also locks the row against a
    /// disabling at the same moment. $1 id, $2 now
    LOGGED_IN = "update accounts set last_login_at = $2 where id = $1 and disabled_at is null";
    /// $1 id, $2 name, $3 now
    RENAME = "update accounts set name = $2, updated_at = $3 where id = $1";
    /// The account may sign in; on PostgreSQL this also locks the row. $1 id
    ENABLED = "update accounts set disabled_at = null where id = $1 and disabled_at is null";
    /// Marks of known devices are void from now on; on PostgreSQL this also locks the row, so that no login comes between
    /// the steps that follow. $1 id
    FORGET_DEVICES = "update accounts set device_epoch = device_epoch + 1 where id = $1";
    /// $1 id, $2 now
    DISABLE = "update accounts set disabled_at = $2, updated_at = $2 where id = $1 and disabled_at is null";
    /// $1 id, $2 now
    ENABLE = "update accounts set disabled_at = null, updated_at = $2 where id = $1 and disabled_at is not null";
    /// $1 id, $2 now
    VERIFY_EMAIL = "update accounts set email_verified_at = coalesce(email_verified_at, $2), updated_at = $2 where id = $1";
    /// Nothing when the address is another one by now. $1 id, $2 now, $3 the key of the address that was proved
    VERIFY_THIS_EMAIL = "update accounts set email_verified_at = coalesce(email_verified_at, $2), updated_at = $2
        where id = $1 and email_key = $3";
    /// The account may sign in and has shown that this address is its own; on PostgreSQL this also locks the row.
    /// $1 id, $2 key of the address
    STILL_VERIFIED = "update accounts set email_verified_at = email_verified_at
        where id = $1 and email_key = $2 and email_verified_at is not null and disabled_at is null";
    /// Nothing when the address was changed meanwhile or the new one is taken.
    /// $1 id, $2 e-mail, $3 its key, $4 now, $5 the key it has until now
    CHANGE_EMAIL = "update accounts set email = $2, email_key = $3, email_verified_at = $4, updated_at = $4
        where id = $1 and email_key = $5 and not exists (select 1 from accounts where email_key = $3 and id <> $1)";
    /// $1 id
    DELETE = "delete from accounts where id = $1";
    /// $1 account, $2 role
    DROP_ROLE = "delete from role_bindings where subject = $1 and role = $2 and scope = ''";
    /// $1 id, $2 verified at, $3 now
    SET_VERIFIED = "update accounts set email_verified_at = $2, updated_at = $3 where id = $1";
    /// Newest first, with roles. $1 before this id, $2 pattern over e-mail key and lower-case name, $3 pattern over the
    /// name as it is, since SQLite lowers ASCII only, $4 how many
    LIST = "select id, email, email_verified_at, name, created_at, last_login_at, disabled_at,
            (select string_agg(role, ' ') from role_bindings where subject = accounts.id and scope = ''), device_epoch, email_key,
            kind, tenant_id, (select count(*) from factors where account_id = accounts.id)
        from accounts
        where id < $1 and kind = 'person' and (email_key like $2 escape '!' or lower(name) like $2 escape '!' or name like $3 escape '!')
        order by id desc limit $4";
    /// Another administrator who may sign in. $1 not this account
    ANOTHER_ADMIN = "select 1 from role_bindings join accounts on accounts.id = role_bindings.subject
        where role = 'admin' and scope = '' and subject <> $1 and disabled_at is null and kind = 'person' limit 1";
    /// Holds all administrators, so that of two who leave at once the second sees the first gone.
    HOLD_ADMINS = "update role_bindings set created_at = created_at where role = 'admin' and scope = ''";
    /// All, and those of them that are disabled.
    COUNT = "select count(*), count(disabled_at), count(email_verified_at) from accounts where kind = 'person'";
    /// Whether there is any account at all.
    ANY = "select 1 from accounts where kind = 'person' limit 1";
    /// $1 id, $2 account, $3 role, $4 scope, $5 tenant, $6 resource's type, $7 its id, $8 now
    BIND = "insert into role_bindings (id, subject, role, scope, tenant_id, resource_type, resource_id, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (subject, scope, role) do nothing";
    /// $1 id
    UNBIND = "delete from role_bindings where id = $1";
    /// The binding is there; on PostgreSQL this also locks the row. $1 id
    HOLD_BINDING = "update role_bindings set created_at = created_at where id = $1";
    /// $1 account, $2 tenant
    LEAVE = "delete from role_bindings where subject = $1 and tenant_id = $2";
    /// $1 tenant
    DROP_TENANT = "delete from role_bindings where tenant_id = $1";
    /// $1 role, $2 tenant it belongs to
    DROP_ROLE_IN = "delete from role_bindings where role = $1 and tenant_id = $2";
    /// Wherever the name means the role of everywhere: a tenant with a role of its own by this name keeps it.
    /// $1 role
    DROP_ROLE_EVERYWHERE = "delete from role_bindings where role = $1 and not exists
        (select 1 from roles where roles.name = $1 and roles.tenant_id = role_bindings.tenant_id)";
    /// $1 account, $2 scope
    HELD = "select role from role_bindings where subject = $1 and scope = $2";
    /// $1 account, $2 role, $3 scope
    FIND_BINDING = "select id, subject, role, tenant_id, resource_type, resource_id, created_at from role_bindings
        where subject = $1 and role = $2 and scope = $3";
    /// $1 id
    BINDING = "select id, subject, role, tenant_id, resource_type, resource_id, created_at from role_bindings
        where id = $1";
    /// $1 before this id, $2 how many, $3 account, $4 role or null, $5 tenant or null, $6 type or null, $7 id or null
    BINDINGS_OF_SUBJECT = "select id, subject, role, tenant_id, resource_type, resource_id, created_at from role_bindings
        where id < $1 and subject = $3 and ($4::text is null or role = $4) and ($5::bytea is null or tenant_id = $5)
        and ($6::text is null or resource_type = $6) and ($7::text is null or resource_id = $7)
        order by id desc limit $2";
    /// $1 before this id, $2 how many, $3 tenant, $4 role or null, $5 type or null, $6 id or null
    BINDINGS_OF_TENANT = "select id, subject, role, tenant_id, resource_type, resource_id, created_at from role_bindings
        where id < $1 and tenant_id = $3 and ($4::text is null or role = $4)
        and ($5::text is null or resource_type = $5) and ($6::text is null or resource_id = $6)
        order by id desc limit $2";
    /// $1 before this id, $2 how many, $3 role or null, $4 type or null, $5 id or null
    BINDINGS = "select id, subject, role, tenant_id, resource_type, resource_id, created_at from role_bindings
        where id < $1 and ($3::text is null or role = $3)
        and ($4::text is null or resource_type = $4) and ($5::text is null or resource_id = $5)
        order by id desc limit $2";
    /// $1 type, $2 how many at most
    RESOURCES_BOUND = "select distinct resource_id from role_bindings where resource_type = $1 and tenant_id is null
        limit $2";
    /// $1 account, $2 how many at most
    COUNT_BINDINGS = "select count(*) from (select 1 from role_bindings where subject = $1 limit $2) as counted";
    /// $1 scope, $2 before this account, $3 how many
    MEMBERS = "select subject, string_agg(role, ' '), min(created_at) from role_bindings
        where scope = $1 and subject < $2 group by subject order by subject desc limit $3";
    /// $1 scope, $2 account
    MEMBER = "select subject, string_agg(role, ' '), min(created_at) from role_bindings
        where scope = $1 and subject = $2 group by subject";
    /// $1 account, $2 after this tenant, $3 how many
    MEMBERSHIPS = "select tenant_id, string_agg(role, ' '), min(created_at) from role_bindings
        where subject = $1 and tenant_id > $2 and resource_type is null group by tenant_id order by tenant_id limit $3";
    /// Holds all who hold this role in the tenant. $1 role, $2 scope
    HOLD_ROLE_IN = "update role_bindings set created_at = created_at where role = $1 and scope = $2";
    /// $1 role, $2 scope, $3 not this account
    ANOTHER_IN = "select 1 from role_bindings join accounts on accounts.id = role_bindings.subject
        where role = $1 and scope = $2 and subject <> $3 and disabled_at is null and kind = 'person'
        limit 1";
    /// An account that no person signs in to. $1 id, $2 e-mail that nobody has, $3 its key, $4 name, $5 tenant, $6 now
    INSERT_SERVICE = "insert into accounts (id, email, email_key, name, kind, tenant_id, created_at, updated_at)
        values ($1, $2, $3, $4, 'service', $5, $6, $6)";
    /// The newest first. $1 before this id, $2 how many
    SERVICES = "select id, email, email_verified_at, name, created_at, last_login_at, disabled_at,
            (select string_agg(role, ' ') from role_bindings where subject = accounts.id and scope = ''), device_epoch, email_key,
            kind, tenant_id, (select count(*) from factors where account_id = accounts.id)
        from accounts where id < $1 and kind = 'service' and tenant_id is null order by id desc limit $2";
    /// The newest first. $1 before this id, $2 how many, $3 tenant
    SERVICES_OF_TENANT = "select id, email, email_verified_at, name, created_at, last_login_at, disabled_at,
            (select string_agg(role, ' ') from role_bindings where subject = accounts.id and scope = ''), device_epoch, email_key,
            kind, tenant_id, (select count(*) from factors where account_id = accounts.id)
        from accounts where id < $1 and kind = 'service' and tenant_id = $3 order by id desc limit $2";
}

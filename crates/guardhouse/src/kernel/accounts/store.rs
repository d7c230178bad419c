//! All SQL about accounts.

use guardhouse_store::{migrations::Migration, statements};

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
];

statements! {
    /// $1 id, $2 e-mail, $3 its key, $4 verified at, $5 name, $6 now
    INSERT = "insert into accounts (id, email, email_key, email_verified_at, name, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $6) on conflict (email_key) do nothing";
    /// $1 id
    FIND = "select id, email, email_verified_at, name, created_at, last_login_at, disabled_at,
            (select string_agg(role, ' ') from account_roles where account_id = accounts.id), device_epoch, email_key
        from accounts where id = $1";
    /// With its roles at once, so that an unknown address costs as many statements (`A17`). $1 key of the e-mail address
    FIND_BY_EMAIL = "select id, email, email_verified_at, name, created_at, last_login_at, disabled_at,
            (select string_agg(role, ' ') from account_roles where account_id = accounts.id), device_epoch, email_key
        from accounts where email_key = $1";
    /// $1 account, $2 role, $3 now
    GIVE_ROLE = "insert into account_roles (account_id, role, created_at) values ($1, $2, $3)
        on conflict (account_id, role) do nothing";
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
    /// Nothing when the address was changed meanwhile or the new one is taken.
    /// $1 id, $2 e-mail, $3 its key, $4 now, $5 the key it has until now
    CHANGE_EMAIL = "update accounts set email = $2, email_key = $3, email_verified_at = $4, updated_at = $4
        where id = $1 and email_key = $5 and not exists (select 1 from accounts where email_key = $3 and id <> $1)";
    /// $1 id
    DELETE = "delete from accounts where id = $1";
    /// $1 account, $2 role
    DROP_ROLE = "delete from account_roles where account_id = $1 and role = $2";
    /// $1 id, $2 verified at, $3 now
    SET_VERIFIED = "update accounts set email_verified_at = $2, updated_at = $3 where id = $1";
    /// Newest first, with roles. $1 before this id, $2 pattern over e-mail key and lower-case name, $3 pattern over the
    /// name as it is, since SQLite lowers ASCII only, $4 how many
    LIST = "select id, email, email_verified_at, name, created_at, last_login_at, disabled_at,
            (select string_agg(role, ' ') from account_roles where account_id = accounts.id), device_epoch, email_key
        from accounts
        where id < $1 and (email_key like $2 escape '!' or lower(name) like $2 escape '!' or name like $3 escape '!')
        order by id desc limit $4";
    /// Another administrator who may sign in. $1 not this account
    ANOTHER_ADMIN = "select 1 from account_roles join accounts on accounts.id = account_roles.account_id
        where role = 'admin' and account_id <> $1 and disabled_at is null limit 1";
    /// Holds all administrators, so that of two who leave at once the second sees the first gone.
    HOLD_ADMINS = "update account_roles set created_at = created_at where role = 'admin'";
    /// All, and those of them that are disabled.
    COUNT = "select count(*), count(disabled_at), count(email_verified_at) from accounts";
    /// Whether there is any account at all.
    ANY = "select 1 from accounts limit 1";
}

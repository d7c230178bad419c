//! All SQL about invitations and domains; tenants themselves and their members are the kernel's.

use guardhouse_store::{migrations::Migration, statements};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 91,
        feature: "tenants",
        name: "invitations",
        sql: "create table tenant_invitations (
            id BLOB primary key,
            tenant_id BLOB not null references tenants (id) on delete cascade,
            email TEXT not null,
            email_key TEXT not null,
            role TEXT not null,
            invited_by BLOB references accounts (id) on delete cascade,
            digest BLOB not null,
            created_at INTEGER not null,
            expires_at INTEGER not null
        ) STRICT;
        create unique index tenant_invitations_address on tenant_invitations (tenant_id, email_key);
        create index tenant_invitations_tenant on tenant_invitations (tenant_id, id);
        create index tenant_invitations_email on tenant_invitations (email_key);
        create index tenant_invitations_by on tenant_invitations (invited_by);
        create index tenant_invitations_expires on tenant_invitations (expires_at);",
        oldest_binary: 1,
    },
    Migration {
        number: 92,
        feature: "tenants",
        name: "domains",
        sql: "create table tenant_domains (
            tenant_id BLOB not null references tenants (id) on delete cascade,
            domain TEXT not null,
            token TEXT not null,
            verified_at INTEGER,
            created_at INTEGER not null,
            primary key (tenant_id, domain)
        ) STRICT;
        create unique index tenant_domains_verified on tenant_domains (domain) where verified_at is not null;",
        oldest_binary: 1,
    },
];

statements! {
    /// $1 id, $2 tenant, $3 e-mail, $4 its key, $5 role, $6 who invites, $7 digest, $8 now, $9 expires
    INVITE = "insert into tenant_invitations
        (id, tenant_id, email, email_key, role, invited_by, digest, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (tenant_id, email_key) do nothing";
    /// $1 tenant, $2 key of the e-mail address, $3 now
    FORGET_OVER = "delete from tenant_invitations where tenant_id = $1 and email_key = $2 and expires_at <= $3";
    /// $1 id, $2 now
    INVITATION = "select id, tenant_id, email, role, invited_by, created_at, expires_at, digest
        from tenant_invitations where id = $1 and expires_at > $2";
    /// The newest first. $1 tenant, $2 before this id, $3 how many, $4 now
    INVITATIONS = "select id, tenant_id, email, role, invited_by, created_at, expires_at, digest
        from tenant_invitations where tenant_id = $1 and id < $2 and expires_at > $4 order by id desc limit $3";
    /// $1 tenant, $2 now, $3 how many at most
    COUNT_INVITATIONS = "select count(*) from
        (select 1 from tenant_invitations where tenant_id = $1 and expires_at > $2 limit $3) as counted";
    /// A new link in the place of the one before. $1 id, $2 tenant, $3 who invites, $4 digest, $5 expires
    RENEW = "update tenant_invitations set invited_by = $3, digest = $4, expires_at = $5 where id = $1 and tenant_id = $2";
    /// $1 id, $2 tenant
    REVOKE = "delete from tenant_invitations where id = $1 and tenant_id = $2";
    /// Of two who use a link at once one finds it. $1 id, $2 digest, $3 now
    TAKE_UP = "delete from tenant_invitations where id = $1 and digest = $2 and expires_at > $3";
    /// $1 over since before, $2 how many
    SWEEP_INVITATIONS = "delete from tenant_invitations where id in
        (select id from tenant_invitations where expires_at < $1 limit $2)";
    /// To the address of an account. $1 account, $2 how many
    ERASE_INVITATIONS = "delete from tenant_invitations where id in (
        select id from tenant_invitations where email_key in (select email_key from accounts where id = $1) limit $2)";
    /// $1 account
    INVITATIONS_TO = "select id, tenant_id, email, role, invited_by, created_at, expires_at, digest
        from tenant_invitations where email_key in (select email_key from accounts where id = $1) order by id limit 1000";

    /// $1 tenant, $2 domain, $3 token, $4 now
    ADD_DOMAIN = "insert into tenant_domains (tenant_id, domain, token, created_at) values ($1, $2, $3, $4)
        on conflict (tenant_id, domain) do nothing";
    /// $1 tenant, $2 after this domain, $3 how many
    DOMAINS = "select domain, token, verified_at, created_at from tenant_domains
        where tenant_id = $1 and domain > $2 order by domain limit $3";
    /// $1 tenant, $2 domain
    DOMAIN = "select domain, token, verified_at, created_at from tenant_domains where tenant_id = $1 and domain = $2";
    /// Nothing where another tenant has shown that it is its own. $1 tenant, $2 domain, $3 now
    VERIFY_DOMAIN = "update tenant_domains set verified_at = coalesce(verified_at, $3)
        where tenant_id = $1 and domain = $2 and not exists (select 1 from tenant_domains as others
            where others.domain = $2 and others.verified_at is not null and others.tenant_id <> $1)";
    /// $1 tenant, $2 domain
    REMOVE_DOMAIN = "delete from tenant_domains where tenant_id = $1 and domain = $2";
    /// $1 tenant, $2 how many at most
    COUNT_DOMAINS = "select count(*) from (select 1 from tenant_domains where tenant_id = $1 limit $2) as counted";
}

//! All SQL about sessions and grants.

use guardhouse_store::{migrations::Migration, statements};

use crate::kernel::changes::kept_until;

/// The tables. No index holds a column that a refresh changes, so that PostgreSQL rewrites no index then.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 11,
        feature: "sessions",
        name: "sessions",
        sql: "create table sessions (
            id BLOB primary key,
            account_id BLOB not null references accounts (id) on delete cascade,
            tenant_id BLOB,
            actor_id BLOB,
            created_at INTEGER not null,
            last_seen_at INTEGER not null,
            expires_at INTEGER not null,
            amr TEXT not null,
            auth_time INTEGER not null,
            remember INTEGER not null,
            salt BLOB not null,
            generation INTEGER not null,
            device_name TEXT,
            user_agent TEXT,
            network_address TEXT not null,
            ended_at INTEGER,
            end_reason TEXT
        ) STRICT;
        create index sessions_account on sessions (account_id, id);
        create index sessions_expires_at on sessions (expires_at);",
        oldest_binary: 1,
    },
    Migration {
        number: 12,
        feature: "sessions",
        name: "grants",
        sql: "create table grants (
            id BLOB primary key,
            session_id BLOB references sessions (id) on delete cascade,
            account_id BLOB not null references accounts (id) on delete cascade,
            client TEXT not null,
            tenant_id BLOB,
            scope TEXT not null,
            salt BLOB not null,
            generation INTEGER not null,
            rotated_at INTEGER not null,
            rotated_network BLOB not null,
            refreshes INTEGER not null,
            created_at INTEGER not null,
            expires_at INTEGER not null,
            limit_at INTEGER not null,
            ended_at INTEGER,
            end_reason TEXT
        ) STRICT;
        create index grants_session on grants (session_id);
        create index grants_account on grants (account_id, id);
        create index grants_limit_at on grants (limit_at);",
        oldest_binary: 1,
    },
    Migration {
        number: 35,
        feature: "sessions",
        name: "sessions by who acts",
        sql: "create index sessions_actor on sessions (actor_id) where actor_id is not null;",
        oldest_binary: 1,
    },
];

statements! {
    /// $1 id, $2 account, $3 tenant, $4 now, $5 expires, $6 amr, $7 auth time, $8 remember, $9 salt, $10 generation
    /// (0: no cookie carries it), $11 device, $12 user agent, $13 network address, $14 actor
    INSERT_SESSION = "insert into sessions (id, account_id, tenant_id, created_at, last_seen_at, expires_at, amr,
        auth_time, remember, salt, generation, device_name, user_agent, network_address, actor_id)
        values ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    /// $1 id
    FIND_SESSION = "select id, account_id, tenant_id, expires_at, amr, auth_time, salt, generation, remember,
        last_seen_at, actor_id from sessions where id = $1 and ended_at is null";
    /// $1 account, $2 now, $3 before which id, $4 how many
    LIST_SESSIONS = "select id, created_at, last_seen_at, expires_at, amr, device_name, user_agent, network_address
        from sessions where account_id = $1 and ended_at is null and expires_at > $2 and id < $3
        order by id desc limit $4";
    /// $1 id, $2 now
    SHOW_SESSION = "select id, created_at, last_seen_at, expires_at, amr, device_name, user_agent, network_address
        from sessions where id = $1 and ended_at is null and expires_at > $2";
    /// $1 account
    EXPORT_SESSIONS = "select id, created_at, last_seen_at, expires_at, amr, device_name, user_agent, network_address,
        ended_at, end_reason from sessions where account_id = $1 order by id desc";
    /// $1 id, $2 account, $3 now
    OWNED_SESSION = "select 1 from sessions where id = $1 and account_id = $2 and ended_at is null and expires_at > $3";
    /// The account's session lives; on PostgreSQL this also locks it against an ending at the same moment.
    /// $1 id, $2 account, $3 now
    STILL_LIVES = "update sessions set ended_at = null
        where id = $1 and account_id = $2 and ended_at is null and expires_at > $3";
    /// $1 id, $2 seen at
    SEEN = "update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2";
    /// A new proof renews the secrets and keeps the session (rulings 11). $1 id, $2 amr, $3 auth time
    PROVED_AGAIN = "update sessions set amr = $2, auth_time = $3,
        generation = case when generation = 0 then 0 else generation + 1 end
        where id = $1 and ended_at is null and expires_at > $3 returning generation, expires_at";
    /// Another tenant, or none, for a session that a cookie carries; its cookie is a new one (rulings 11).
    /// $1 id, $2 account, $3 now, $4 tenant
    SWITCH = "update sessions set tenant_id = $4, generation = generation + 1
        where id = $1 and account_id = $2 and ended_at is null and expires_at > $3 and generation > 0";
    /// $1 id, $2 now, $3 reason
    END_SESSION = "update sessions set ended_at = $2, end_reason = $3 where id = $1 and ended_at is null";
    /// $1 session, $2 now, $3 reason
    END_GRANTS_OF_SESSION = "update grants set ended_at = $2, end_reason = $3 where session_id = $1 and ended_at is null";
    /// Tells all nodes of what just ended of an account, sessions in others' names among it: read from the rows that
    /// ended, so that notice and row never differ. $1 now, $2 node, $3 kept until by what this process knows, $4 account,
    /// $5 kept until of no life
    LOG_ENDED = concat!("insert into change_log (at, node, topic, key, value, keep_until)
        select cast($1 as bigint), coalesce($2, id), 'session', id, 0, ", kept_until!("$3", "$5"), "
        from sessions where (account_id = $4 or actor_id = $4) and ended_at = $1");
    /// $1 account, $2 now, $3 reason, $4 the session to spare
    END_SESSIONS = "update sessions set ended_at = $2, end_reason = $3
        where (account_id = $1 or actor_id = $1) and ended_at is null and id <> $4 returning id";
    /// $1 account, $2 now, $3 reason, $4 the session to spare
    END_GRANTS = "update grants set ended_at = $2, end_reason = $3
        where account_id = $1 and ended_at is null and (session_id is null or session_id <> $4)";
    /// Ends the sessions over an account's cap, those least lately used first. $1 account, $2 now, $3 reason, $4 the
    /// session to spare, $5 how many stay beside it
    END_OVER_CAP = "update sessions set ended_at = $2, end_reason = $3 where ended_at is null and id in (
        select id from sessions where account_id = $1 and ended_at is null and expires_at > $2 and id <> $4
        order by last_seen_at desc, id desc limit 1000 offset $5) returning id";
    /// The grants of sessions that just ended. $1 account, $2 now, $3 reason
    END_GRANTS_OF_ENDED = "update grants set ended_at = $2, end_reason = $3 where ended_at is null
        and session_id in (select id from sessions where account_id = $1 and ended_at = $2)";

    /// Ends the oldest grants of a session beyond so many. $1 session, $2 now, $3 reason, $4 how many stay
    END_OLD_GRANTS = "update grants set ended_at = $2, end_reason = $3 where ended_at is null and id in (
        select id from grants where session_id = $1 and ended_at is null order by id desc limit 1000 offset $4)";
    /// $1 id, $2 session, $3 account, $4 client, $5 tenant, $6 salt, $7 now, $8 expires, $9 limit, $10 network
    INSERT_GRANT = "insert into grants (id, session_id, account_id, client, tenant_id, scope, salt, generation, rotated_at,
        rotated_network, refreshes, created_at, expires_at, limit_at)
        values ($1, $2, $3, $4, $5, '', $6, 1, $7, $10, 0, $7, $8, $9)";
    /// $1 id
    FIND_GRANT = "select id, session_id, account_id, salt, generation, rotated_at, rotated_network, expires_at, limit_at,
        ended_at, tenant_id from grants where id = $1";
    /// The one statement of a refresh. $1 id, $2 generation shown, $3 now, $4 time to live, $5 network
    ROTATE = "update grants set generation = generation + 1, rotated_at = $3, rotated_network = $5, refreshes = refreshes + 1,
        expires_at = case when $3 + $4 < limit_at then $3 + $4 else limit_at end
        where id = $1 and generation = $2 and ended_at is null and expires_at > $3
        returning generation, expires_at";
    /// The refresh token after a new proof, of the grant that gave it. $1 session, $2 now, $3 time to live, $4 grant
    ROTATE_OF_SESSION = "update grants set generation = generation + 1, rotated_at = $2 - 3600000000,
        expires_at = case when $2 + $3 < limit_at then $2 + $3 else limit_at end
        where id = $4 and session_id = $1 and ended_at is null and expires_at > $2 and client = 'guardhouse'
        returning id, generation, expires_at, salt";

    /// M-40. $1 over since before, $2 how many
    SWEEP_SESSIONS = "delete from sessions where id in (select id from sessions where expires_at < $1 limit $2)";
    /// $1 over since before, $2 how many
    SWEEP_GRANTS = "delete from grants where id in (select id from grants where limit_at < $1 limit $2)";
    /// $1 now
    COUNT_LIVE = "select count(*), count(distinct account_id) from sessions where ended_at is null and expires_at > $1";
}

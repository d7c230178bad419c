//! All SQL of the audit log.

use guardhouse_store::{migrations::Migration, statements};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 21,
        feature: "audit",
        name: "events",
        // Position and link are null until the event's process links it.
        sql: "create table audit_events (
                  id BLOB primary key,
                  at INTEGER not null,
                  node BLOB not null,
                  action TEXT not null,
                  outcome TEXT not null,
                  subject BLOB,
                  actor BLOB,
                  tenant BLOB,
                  session BLOB,
                  request_id TEXT,
                  sealed BLOB not null,
                  sealed_digest BLOB not null,
                  digest BLOB not null,
                  position INTEGER,
                  link BLOB
              ) STRICT;
              create unique index audit_events_chain on audit_events (node, position);
              create index audit_events_unlinked on audit_events (node, id) where position is null;
              create index audit_events_subject on audit_events (subject, id) where subject is not null;
              create index audit_events_actor on audit_events (actor, id) where actor is not null;
              create index audit_events_at on audit_events (at);",
        oldest_binary: 1,
    },
    Migration {
        number: 22,
        feature: "audit",
        name: "checkpoints",
        sql: "create table audit_checkpoints (
                  number INTEGER primary key,
                  at INTEGER not null,
                  node BLOB not null,
                  body TEXT not null,
                  mac BLOB not null
              ) STRICT;",
        oldest_binary: 1,
    },
    Migration {
        number: 90,
        feature: "audit",
        name: "events by tenant",
        sql: "create index audit_events_tenant on audit_events (tenant, id) where tenant is not null;",
        oldest_binary: 1,
    },
];

macro_rules! columns {
    () => {
        "id, at, node, action, outcome, subject, actor, tenant, session, request_id, sealed, sealed_digest, digest, position, link"
    };
}

/// Conditions of a list, after the one that picks the index: $1 below this id, $2 from this id on,
/// $3 and $4 from and before these moments, $5 beginning of the action, $6 outcome, $7 how many.
macro_rules! filtered {
    () => {
        "id < $1 and id >= $2 and at >= $3 and at < $4 and substr(action, 1, length($5)) = $5
         and ($6 = '' or outcome = $6) order by id desc limit $7"
    };
}

statements! {
    /// A new event.
    ADD = "insert into audit_events
        (id, at, node, action, outcome, subject, actor, tenant, session, request_id, sealed, sealed_digest, digest)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    /// Events of a process that are not linked yet, in their order.
    UNLINKED = concat!("select ", columns!(), " from audit_events where node = $1 and position is null order by id limit $2");
    /// Processes that left events unlinked.
    UNLINKED_NODES = "select distinct node from audit_events where position is null and at < $1";
    /// Gives an event its place.
    LINK = "update audit_events set position = $2, link = $3 where id = $1 and position is null";
    /// The end of a chain.
    HEAD = "select position, link from audit_events where node = $1 and position is not null order by position desc limit 1";
    /// The link at a place.
    LINK_AT = "select link from audit_events where node = $1 and position = $2";
    /// Chains that grew since a moment.
    GROWN = "select distinct node from audit_events where at >= $1 and position is not null";
    /// All chains from a place on, each in its order.
    WALK = concat!("select ", columns!(), " from audit_events
        where position is not null and (node, position) > ($1, $2) order by node, position limit $3");
    /// What is not linked yet, from an id on.
    WALK_UNLINKED = concat!("select ", columns!(), " from audit_events where position is null and id > $1 order by id limit $2");

    /// The newest first, of everybody.
    LIST = concat!("select ", columns!(), " from audit_events where ", filtered!());
    /// The newest first, about an account.
    LIST_OF_SUBJECT = concat!("select ", columns!(), " from audit_events where subject = $8 and ", filtered!());
    /// The newest first, by an account.
    LIST_OF_ACTOR = concat!("select ", columns!(), " from audit_events where actor = $8 and ", filtered!());
    /// The newest first, about one account by another.
    LIST_OF_BOTH = concat!("select ", columns!(), " from audit_events where subject = $8 and actor = $9 and ", filtered!());

    /// The newest first, in a tenant, about or by somebody where that is asked. $8 tenant, $9 account or null, $10 account
    /// or null
    LIST_OF_TENANT = concat!("select ", columns!(), " from audit_events where tenant = $8
        and ($9::bytea is null or subject = $9) and ($10::bytea is null or actor = $10) and ", filtered!());

    /// Takes what is personal out of the newest events about an account. $1 account, $2 empty, $3 how many
    ERASE_SUBJECT = "update audit_events set sealed = $2 where id in (
        select id from audit_events where subject = $1 order by id desc limit $3)";
    /// The same of the events by an account.
    ERASE_ACTOR = "update audit_events set sealed = $2 where id in (
        select id from audit_events where actor = $1 order by id desc limit $3)";
    /// The same of older ones. $1 account, $2 empty, $3 how many, $4 below this id
    ERASE_SUBJECT_BELOW = "update audit_events set sealed = $2 where id in (
        select id from audit_events where subject = $1 and id < $4 order by id desc limit $3) returning id";
    /// The same of older ones by an account.
    ERASE_ACTOR_BELOW = "update audit_events set sealed = $2 where id in (
        select id from audit_events where actor = $1 and id < $4 order by id desc limit $3) returning id";

    /// Events by the id of the master key that they are sealed and authenticated under.
    MADE_UNDER = "select substr(digest, 1, 4), count(*) from audit_events group by substr(digest, 1, 4)";
    /// Checkpoints, likewise.
    CHECKPOINTS_UNDER = "select substr(mac, 1, 4), count(*) from audit_checkpoints group by substr(mac, 1, 4)";

    /// Chains with linked events older than a moment, and where each begins.
    AGED = "select node, min(position) from audit_events where at < $1 and position is not null group by node order by node";
    /// The first event of a chain that is to stay.
    FIRST_KEPT = "select min(position) from audit_events where node = $1 and at >= $2 and position is not null";
    /// Cuts a chain's beginning.
    CUT = "delete from audit_events where node = $1 and position <= $2";

    /// The newest checkpoint.
    LAST_CHECKPOINT = "select number, at, node, body, mac from audit_checkpoints order by number desc limit 1";
    /// Checkpoints from a number on.
    CHECKPOINTS = "select number, at, node, body, mac from audit_checkpoints where number > $1 order by number limit $2";
    /// A new checkpoint. Of two at once, one is refused by the key.
    ADD_CHECKPOINT = "insert into audit_checkpoints (number, at, node, body, mac) values ($1, $2, $3, $4, $5)";
    /// Sign-ins by outcome. $1 from a week ago, $2 from a day ago
    LOGINS = "select outcome, count(*), coalesce(sum(case when at >= $2 then 1 else 0 end), 0)
        from audit_events where at >= $1 and action like '%.login' group by outcome";
}

//! All SQL of the change log that knows of signing keys; the log itself is the store's.

use guardhouse_store::statements;

/// Until when a change is kept: as long as this process knows that tokens live, or as long as the keys in the database say
/// that some live. Another node may have been started to issue longer ones, and this one may not have heard of it yet
/// (rulings 12). Takes the parameter of the first, and that of the end of a token with no life at all.
macro_rules! kept_until {
    ($known:literal, $margin:literal) => {
        concat!(
            "(select max(life) from (select cast(",
            $known,
            " as bigint) as life union all select cast(",
            $margin,
            " as bigint) + longest_ttl from signing_keys where retired_at is null) as lives)"
        )
    };
}

pub(crate) use kept_until;

statements! {
    /// $1 now, $2 node, $3 topic, $4 key, $5 value, $6 kept until by what this process knows, $7 the same of no life
    APPEND = concat!("insert into change_log (at, node, topic, key, value, keep_until)
        values ($1, $2, $3, $4, $5, ", kept_until!("$6", "$7"), ")");
}

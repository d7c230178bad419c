//! Counts that belong to no other feature.

use guardhouse_store::statements;

statements! {
    /// Every feature calls its sign-in `<feature>.login`. $1 from a week ago, $2 from a day ago
    LOGINS = "select outcome, count(*), coalesce(sum(case when at >= $2 then 1 else 0 end), 0)
        from audit_events where at >= $1 and action like '%.login' group by outcome";
    /// What waits, and what no attempt helped. $1 now
    JOBS = "select coalesce(sum(case when attempts < max_attempts or locked_until > $1 then 1 else 0 end), 0),
        coalesce(sum(case when attempts < max_attempts or locked_until > $1 then 0 else 1 end), 0) from jobs";
}

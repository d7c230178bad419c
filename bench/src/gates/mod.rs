//! One module for each gate.

mod access;
mod alike;
mod factors;
mod large;
mod login;
mod me;
mod refresh;
mod size;

use std::pin::Pin;

use anyhow::Result;

use crate::report::Report;

type Run = for<'a> fn(&'a mut Report) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// Something to measure.
pub(crate) struct Gate {
    /// As given to `bench/run`.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) about: &'static str,
    /// Whether it takes long and runs only when asked for.
    pub(crate) large: bool,
    /// Measures.
    pub(crate) run: Run,
}

/// A gate whose figures the report knows by its name.
macro_rules! gate {
    ($name:literal, $about:literal, $large:literal, $run:path) => {
        Gate {
            name: $name,
            about: $about,
            large: $large,
            run: |report| {
                Box::pin(async move {
                    report.begins($name);
                    $run(report).await
                })
            },
        }
    };
}

/// All gates, in the order they run.
pub(crate) const ALL: &[Gate] = &[
    gate!("size", "the binary, its start on an existing database, its memory when idle", false, size::run),
    gate!(
        "me",
        "GET /api/me by access token and by session cookie, 64 connections, against a bare axum hello",
        false,
        me::run
    ),
    gate!(
        "access",
        "API keys and decisions against a bare axum hello; decisions in process among a million bindings",
        false,
        access::run
    ),
    gate!(
        "login",
        "logins against the hash alone; GET /api/me while twice as many logins are offered",
        false,
        login::run
    ),
    gate!(
        "alike",
        "the time of answers about known addresses against unknown ones: login, forgot, register, resend, magic link",
        false,
        alike::run
    ),
    gate!("factors", "CPU of second factors, passkeys and proofs of work", false, factors::run),
    gate!(
        "refresh",
        "64 clients refreshing on SQLite, durable, against a bare gathering writer and single commits",
        false,
        refresh::sqlite
    ),
    gate!(
        "refresh-postgres",
        "64 clients refreshing on PostgreSQL, durable, against pgbench with the same update",
        false,
        refresh::postgres
    ),
    gate!("growth", "refresh and session check among ten million sessions, against ten thousand", true, large::run),
];

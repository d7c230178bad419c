//! One module for each gate.

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

/// All gates, in the order they run.
pub(crate) const ALL: &[Gate] = &[
    Gate {
        name: "size",
        about: "the binary, its start on an existing database, its memory when idle",
        large: false,
        run: |report| Box::pin(size::run(report)),
    },
    Gate {
        name: "me",
        about: "GET /api/me by access token and by session cookie, 64 connections, against a bare axum hello",
        large: false,
        run: |report| Box::pin(me::run(report)),
    },
    Gate {
        name: "login",
        about: "logins against the hash alone; GET /api/me while twice as many logins are offered",
        large: false,
        run: |report| Box::pin(login::run(report)),
    },
    Gate {
        name: "refresh",
        about: "64 clients refreshing on SQLite, durable, against a bare gathering writer and single commits",
        large: false,
        run: |report| Box::pin(refresh::sqlite(report)),
    },
    Gate {
        name: "refresh-postgres",
        about: "64 clients refreshing on PostgreSQL, durable, against pgbench with the same update",
        large: false,
        run: |report| Box::pin(refresh::postgres(report)),
    },
    Gate {
        name: "growth",
        about: "refresh and session check among ten million sessions, against ten thousand",
        large: true,
        run: |report| Box::pin(large::run(report)),
    },
];

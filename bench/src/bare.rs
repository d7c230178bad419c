//! The limits: the least program that does the same one thing. Each is a process of its own and prints how much it
//! did in a second and in a second of CPU time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use axum::{
    Router,
    extract::{Path, State},
    routing::{get, post},
};
use guardhouse::kernel::sessions::ROTATE;
use guardhouse_core::{
    jose::{Algorithm, SigningKey},
    password::{self, Argon2Params, Memory, Password, PasswordHash},
    time::{Clock, Span},
};
use guardhouse_store::{DatabaseOptions, Db, Statement, params};
use http::StatusCode;
use serde_json::json;

use crate::process;

const GRANTS: Statement = Statement {
    name: "bench::GRANTS",
    sql: "select g.id, g.generation from grants g join accounts a on a.id = g.account_id
        where a.email like 'writer%' order by g.id",
};

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}

/// A bare axum server.
pub(crate) fn hello(address: &str) -> Result<()> {
    runtime()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await?;
        axum::serve(listener, Router::new().route("/", get(|| async { "Hello, World!" }))).await?;
        Ok(())
    })
}

/// Verifies one password over and over.
pub(crate) fn hash(seconds: u64) -> Result<()> {
    let mut memory = Memory::new();
    let secret = || Password::parse(crate::house::PASSWORD).map_err(|error| anyhow::anyhow!("{error}"));
    let text = password::hash(&secret()?, &Argon2Params::default(), &mut memory)?;
    let stored = PasswordHash::parse(&text).map_err(|error| anyhow::anyhow!("{error}"))?;
    let secret = secret()?;
    let (started, cpu) = (Instant::now(), process::cpu("self")?);
    let mut done = 0_u64;
    while started.elapsed() < Duration::from_secs(seconds) {
        ensure!(password::verify(&secret, &stored, &mut memory));
        done += 1;
    }
    tell(done, started, cpu)
}

/// A bare axum server that rotates the grant whose number is asked for, through the same writer, signs a token, and
/// does nothing else.
pub(crate) fn refresh(address: &str, url: &str) -> Result<()> {
    runtime()?.block_on(async {
        let db = Db::open(&DatabaseOptions::new(url))?;
        let grants = db.scan(&GRANTS, vec![]).await?;
        let grants = grants.iter().map(|row| Ok((row.id16(0)?, AtomicI64::new(row.int(1)?))));
        let grants: Arc<[_]> = grants.collect::<Result<Vec<_>>>()?.into();
        let listener = tokio::net::TcpListener::bind(address).await?;
        let routes = Router::new().route("/", get(|| async {})).route("/{number}", post(rotated));
        let key = Arc::new((SigningKey::generate(Algorithm::Es256)?, claims()));
        axum::serve(listener, routes.with_state((db, grants, key))).await?;
        Ok(())
    })
}

/// As much as an access token says.
fn claims() -> serde_json::Value {
    let words = "thirty-two letters are in a value";
    json!({"iss": words, "aud": words, "sub": words, "sid": words, "jti": words, "client_id": "guardhouse", "scope": "",
        "exp": 1_800_000_000, "iat": 1_800_000_000, "auth_time": 1_800_000_000, "amr": ["pwd"], "acr": words,
        "roles": [], "permissions": []})
}

type Grants = Arc<[([u8; 16], AtomicI64)]>;

type Bare = (Db, Grants, Arc<(SigningKey, serde_json::Value)>);

async fn rotated(State((db, grants, key)): State<Bare>, Path(number): Path<usize>) -> (StatusCode, String) {
    let done = rotate(&db, &grants, number).await.and_then(|()| Ok(key.0.sign("at+jwt", &key.1)?));
    match done {
        Ok(token) => (StatusCode::OK, token),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

async fn rotate(db: &Db, grants: &Grants, number: usize) -> Result<()> {
    let (id, generation) = grants.get(number).context("there are fewer grants")?;
    let now = Clock::system().now();
    let values = params![*id, generation.load(Ordering::Relaxed), now, Span::days(7).0, vec![0_u8; 16]];
    let row = db.returning(&ROTATE, values).await?.context("the grant is gone")?;
    generation.store(row.int(0)?, Ordering::Relaxed);
    Ok(())
}

/// Rotates grants as a refresh does, without anything around it: the last ones, which [`refresh`] is not asked for.
pub(crate) fn writer(url: &str, clients: usize, seconds: u64) -> Result<()> {
    runtime()?.block_on(async {
        let db = Db::open(&DatabaseOptions::new(url))?;
        let grants = db.scan(&GRANTS, vec![]).await?;
        ensure!(grants.len() >= clients, "too few grants");
        let done = Arc::new(AtomicU64::new(0));
        let (started, cpu) = (Instant::now(), process::cpu("self")?);
        let mut tasks = tokio::task::JoinSet::new();
        for row in grants.iter().rev().take(clients) {
            let (db, done) = (db.clone(), Arc::clone(&done));
            let (id, mut generation) = (row.id16(0)?, row.int(1)?);
            tasks.spawn(async move {
                while started.elapsed() < Duration::from_secs(seconds) {
                    let now = Clock::system().now();
                    let values = params![id, generation, now, Span::days(7).0, vec![0_u8; 16]];
                    let row = db.returning(&ROTATE, values).await?.context("the grant is gone")?;
                    generation = row.int(0)?;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                anyhow::Ok(())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        tell(done.load(Ordering::Relaxed), started, cpu)
    })
}

fn tell(done: u64, started: Instant, cpu: f64) -> Result<()> {
    let spent = process::cpu("self")? - cpu;
    println!("{} {}", done as f64 / started.elapsed().as_secs_f64(), done as f64 / spent);
    Ok(())
}

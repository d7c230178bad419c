//! Refreshing with rotation, durable.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::me::compare;
use crate::{
    house::{Folder, House, Setup, text},
    load::{Caller, Wire, drive, request},
    postgres::Cluster,
    process::{LOADING, Rates, SERVED, bare, keep_to, rates},
    report::Report,
};

const CLIENTS: usize = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);

/// A client that spends its refresh token and keeps the next one.
pub(super) struct Refresher {
    pub(super) wire: Wire,
    pub(super) token: String,
}

impl Caller for Refresher {
    async fn turn(&mut self) -> Result<()> {
        let body = format!(r#"{{"refresh_token":"{}"}}"#, self.token);
        let reply = self.wire.call(&request("POST", "/api/auth/refresh", &[], &body)).await?;
        ensure!(reply.status == 200, "status {}: {}", reply.status, String::from_utf8_lossy(reply.body));
        // Reading the whole JSON would cost the load as much as the request.
        let text = std::str::from_utf8(reply.body)?;
        let (_, rest) = text.split_once(r#""refresh_token":""#).context("no refresh token")?;
        rest.split('"').next().unwrap_or_default().clone_into(&mut self.token);
        Ok(())
    }
}

async fn refreshers(house: &House, people: &[Value]) -> Result<Vec<Refresher>> {
    let mut all = Vec::new();
    for person in people {
        all.push(Refresher { wire: house.wire().await?, token: text(person, "refresh_token")?.to_owned() });
    }
    Ok(all)
}

async fn round(house: &House, callers: Vec<Refresher>) -> Result<(Vec<Refresher>, Rates)> {
    let (cpu, started) = (house.process.cpu()?, Instant::now());
    let (callers, per_second) = drive(callers, ROUND).await?;
    let done = per_second * started.elapsed().as_secs_f64();
    Ok((callers, Rates { per_second, per_cpu_second: done / (house.process.cpu()? - cpu) }))
}

pub(super) async fn sqlite(report: &mut Report) -> Result<()> {
    keep_to(&[LOADING])?;
    let folder = Folder::new()?;
    let house = House::start(&Setup { url: folder.sqlite(), cores: vec![SERVED], workers: 1 }).await?;
    let people = house.people("alice", CLIENTS).await?;
    // The same file and disk, rows of its own.
    house.people("writer", CLIENTS).await?;
    let mut callers = refreshers(&house, &people).await?;
    let seconds = ROUND.as_secs().to_string();
    let (mut bare_rates, mut single, mut done) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let writer =
            |clients: &str| rates(&mut bare(&[SERVED], &["bare-writer", &folder.sqlite(), clients, &seconds])?);
        bare_rates.push(writer(&CLIENTS.to_string())?);
        single.push(writer("1")?.per_second);
        let (back, rates) = round(&house, callers).await?;
        callers = back;
        done.push(rates);
    }
    compare(report, "refresh, SQLite, 64 clients", &done, &bare_rates, 0.6);
    let rounds: Vec<_> = done.iter().map(|rates| rates.per_second).zip(single).collect();
    report.at_least("refresh, SQLite, against one commit each", &rounds, 5.0);
    Ok(())
}

pub(super) async fn postgres(report: &mut Report) -> Result<()> {
    let Some(cluster) = Cluster::start()? else {
        println!("  skipped: initdb and pgbench were not found");
        return Ok(());
    };
    // The server of the database, its client and the load share both cores, on either side of the ratio.
    let cores = vec![SERVED, LOADING];
    keep_to(&cores)?;
    let house = House::start(&Setup { url: cluster.url(), cores, workers: 0 }).await?;
    let people = house.people("alice", CLIENTS).await?;
    cluster.add_grants(CLIENTS)?;
    let mut callers = refreshers(&house, &people).await?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let limit = cluster.pgbench(CLIENTS, ROUND)?;
        let (back, rates) = round(&house, callers).await?;
        callers = back;
        rounds.push((rates.per_second, limit));
    }
    report.at_least("refresh, PostgreSQL, 64 clients /s", &rounds, 0.6);
    Ok(())
}

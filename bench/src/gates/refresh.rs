//! Refreshing with rotation, durable.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::me::compare;
use crate::{
    house::{Folder, House, Setup, answers, free_address, text},
    load::{Caller, Same, Wire, drive, drive_awake, request},
    postgres::Cluster,
    process::{LOADING, Process, Rates, SERVED, bare, keep_to, rates},
    report::{Report, median},
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

async fn round<C: Caller>(process: &Process, callers: Vec<C>) -> Result<(Vec<C>, Rates)> {
    let (cpu, started) = (process.cpu()?, Instant::now());
    let (callers, per_second) = drive_awake(callers, ROUND).await?;
    let done = per_second * started.elapsed().as_secs_f64();
    Ok((callers, Rates { per_second, per_cpu_second: done / (process.cpu()? - cpu) }))
}

pub(super) async fn sqlite(report: &mut Report) -> Result<()> {
    keep_to(&[LOADING])?;
    let folder = Folder::new()?;
    let house = House::start(&Setup { url: folder.sqlite(), cores: vec![SERVED], workers: 1 }).await?;
    let people = house.people("alice", CLIENTS).await?;
    // The same file and disk, rows of their own: those of the bare server, and one for single commits.
    house.people("writer", CLIENTS + 1).await?;
    let mut callers = refreshers(&house, &people).await?;
    let (limit, mut rotators) = rotators(&folder.sqlite()).await?;
    let seconds = ROUND.as_secs().to_string();
    let (mut bare_rates, mut single, mut done) = (Vec::new(), Vec::new(), Vec::new());
    let before = counted(&house).await?;
    for _ in 0..ROUNDS {
        let (back, rate) = round(&limit, rotators).await?;
        rotators = back;
        bare_rates.push(rate);
        let (back, rate) = round(&house.process, callers).await?;
        callers = back;
        done.push(rate);
        let alone = rates(&mut bare(&[SERVED], &["bare-writer", &folder.sqlite(), "1", &seconds])?)?;
        single.push(alone.per_second);
    }
    compare(report, "refresh, SQLite, 64 clients", &done, &bare_rates, 0.6);
    let after = counted(&house).await?;
    report.at_least("refreshes in one commit", &[(after.0 - before.0, after.1 - before.1)], 5.0);
    println!("  for comparison: {:.0}/s where each refresh is a commit of its own, without HTTP", median(single));
    Ok(())
}

/// Refreshes and commits so far.
async fn counted(house: &House) -> Result<(f64, f64)> {
    Ok((house.total("guardhouse_refreshes_total").await?, house.total("guardhouse_database_commits_total").await?))
}

/// A bare server that rotates grants and does nothing else, and a caller for each grant.
async fn rotators(url: &str) -> Result<(Process, Vec<Same>)> {
    let address = free_address()?;
    let limit = Process::start(&mut bare(&[SERVED], &["bare-refresh", &address.to_string(), url])?)?;
    answers(address, "/", Instant::now() + Duration::from_secs(10)).await?;
    let mut callers = Vec::new();
    for number in 0..CLIENTS {
        let request = request("POST", &format!("/{number}"), &[], "");
        callers.push(Same { wire: Wire::connect(address).await?, request });
    }
    Ok((limit, callers))
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
        let (back, rate) = drive(callers, ROUND).await?;
        callers = back;
        rounds.push((rate, limit));
    }
    report.at_least("refresh, PostgreSQL, 64 clients /s", &rounds, 0.6);
    Ok(())
}

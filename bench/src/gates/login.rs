//! Logins: the hash decides how many, and nobody else may notice them.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde_json::json;
use tokio::task::JoinSet;

use super::me::compare;
use crate::{
    house::{Folder, House, PASSWORD, Setup, text},
    load::{Latencies, Same, Wire, drive, request},
    process::{LOADING, Rates, SERVED, bare, keep_to, rates},
    report::Report,
};

const ACCOUNTS: usize = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
/// Callers that log in one after the other; one hashing thread is busy with two.
const CALLERS: usize = 4;
const STORM: Duration = Duration::from_secs(20);
/// Checks offered in a second during the storm.
const CHECKS: u32 = 500;

pub(super) async fn run(report: &mut Report) -> Result<()> {
    keep_to(&[LOADING])?;
    let folder = Folder::new()?;
    let house = House::start(&Setup { url: folder.sqlite(), cores: vec![SERVED], workers: 1 }).await?;
    let people = house.people("alice", ACCOUNTS).await?;
    let logins: Vec<_> = (0..ACCOUNTS).map(login).collect();

    let mut callers = Vec::new();
    for request in &logins[..CALLERS] {
        callers.push(Same { wire: house.wire().await?, request: request.clone() });
    }
    let (mut hashes, mut done) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // With the priority of the server's hashing threads, or a busy machine would favour the limit.
        let mut command = std::process::Command::new("nice");
        let hash = bare(&[SERVED], &["bare-hash", &ROUND.as_secs().to_string()])?;
        command.args(["-n", "10"]).arg(hash.get_program()).args(hash.get_args());
        hashes.push(rates(&mut command)?);
        let (cpu, started) = (house.process.cpu()?, Instant::now());
        let (back, per_second) = drive(callers, ROUND).await?;
        callers = back;
        let count = per_second * started.elapsed().as_secs_f64();
        done.push(Rates { per_second, per_cpu_second: count / (house.process.cpu()? - cpu) });
    }
    drop(callers);
    compare(report, "login against the hash alone", &done, &hashes, 0.95);

    let capacity = crate::report::median(done.iter().map(|rates| rates.per_second).collect());
    storm(report, &house, text(&people[0], "access_token")?, logins, capacity).await
}

fn login(number: usize) -> Vec<u8> {
    let body = json!({"email": format!("alice{number}@example.com"), "password": PASSWORD});
    request("POST", "/api/auth/login", &[], &body.to_string())
}

async fn storm(report: &mut Report, house: &House, token: &str, logins: Vec<Vec<u8>>, capacity: f64) -> Result<()> {
    let check = request("GET", "/api/me", &[("authorization", &format!("Bearer {token}"))], "");
    let mut calm = offer_checks(house, check.clone(), Duration::from_secs(5)).await?;
    let attack = offer_logins(house.address, logins, capacity * 2.0);
    let checks = offer_checks(house, check, STORM);
    let memory = async {
        tokio::time::sleep(STORM / 3).await;
        let before = house.process.memory()?;
        tokio::time::sleep(STORM / 3).await;
        anyhow::Ok((before, house.process.memory()?))
    };
    let (attack, checks, memory) = tokio::join!(attack, checks, memory);
    let ((entered, surplus), mut checks, (before, after)) = (attack?, checks?, memory?);
    println!(
        "  storm: {entered} logged in, {surplus} told to wait; checks without it: p99 {:.2} ms, with it: p50 {:.2} ms",
        calm.percentile(99),
        checks.percentile(50)
    );
    ensure!(checks.len() > 1000, "too few checks to speak of a p99");
    report.at_most("GET /api/me p99, logins offered at 2 x", checks.percentile(99), 10.0, "ms");
    report.at_most("memory at two thirds against one third", after / before, 1.1, "x");
    report.at_most("memory under logins", after, 60.0, "MiB");
    Ok(())
}

/// Sends checks at a fixed pace, whatever becomes of them, and counts each from when it was due.
async fn offer_checks(house: &House, request: Vec<u8>, span: Duration) -> Result<Latencies> {
    const WIRES: u32 = 16;
    let mut tasks = JoinSet::new();
    let (pace, started) = (Duration::from_secs(1) / CHECKS, Instant::now());
    for number in 0..WIRES {
        let (mut wire, request) = (house.wire().await?, request.clone());
        tasks.spawn(async move {
            let mut latencies = Latencies::default();
            let mut due = started + pace * number;
            while due < started + span {
                tokio::time::sleep_until(due.into()).await;
                let reply = wire.call(&request).await?;
                ensure!(reply.status == 200, "status {}", reply.status);
                latencies.add(due.elapsed());
                due += pace * WIRES;
            }
            Ok(latencies)
        });
    }
    let mut all = Latencies::default();
    while let Some(done) = tasks.join_next().await {
        all.extend(done??);
    }
    Ok(all)
}

/// Sends logins at a fixed pace: how many came in, and how many were told to wait.
async fn offer_logins(address: std::net::SocketAddr, logins: Vec<Vec<u8>>, per_second: f64) -> Result<(u32, u32)> {
    let idle: Arc<Mutex<Vec<Wire>>> = Arc::default();
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    for (number, request) in logins.into_iter().cycle().enumerate() {
        let due = Duration::from_secs_f64(number as f64 / per_second);
        if due > STORM {
            break;
        }
        tokio::time::sleep_until((started + due).into()).await;
        let idle = Arc::clone(&idle);
        tasks.spawn(async move {
            let free = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut wire = match free {
                Some(wire) => wire,
                None => Wire::connect(address).await?,
            };
            let status = wire.call(&request).await?.status;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(wire);
            anyhow::Ok(status)
        });
    }
    let (mut entered, mut surplus) = (0, 0);
    while let Some(done) = tasks.join_next().await {
        match done?? {
            200 => entered += 1,
            429 | 503 => surplus += 1,
            other => anyhow::bail!("a login was answered {other}"),
        }
    }
    Ok((entered, surplus))
}

//! A protected call against a bare server on the same core.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::{
    house::{Folder, House, Setup, answers, free_address, text},
    load::{Same, drive_awake, request, same},
    process::{LOADING, Process, Rates, SERVED, bare, keep_to},
    report::Report,
};

pub(super) const CONNECTIONS: usize = 64;
pub(super) const ROUNDS: usize = 7;
pub(super) const ROUND: Duration = Duration::from_millis(1500);
pub(super) const WARM: Duration = Duration::from_millis(500);
/// Half of what nothing but HTTP costs.
const TARGET: f64 = 0.5;

pub(super) struct Side<'a> {
    pub(super) process: &'a Process,
    pub(super) callers: Vec<Same>,
}

impl Side<'_> {
    pub(super) async fn round(&mut self, span: Duration) -> Result<Rates> {
        let (cpu, started) = (self.process.cpu()?, Instant::now());
        let (callers, per_second) = drive_awake(std::mem::take(&mut self.callers), span).await?;
        self.callers = callers;
        let done = per_second * started.elapsed().as_secs_f64();
        Ok(Rates { per_second, per_cpu_second: done / (self.process.cpu()? - cpu).max(0.01) })
    }
}

pub(super) async fn run(report: &mut Report) -> Result<()> {
    keep_to(&[LOADING])?;
    let folder = Folder::new()?;
    let address = free_address()?;
    let hello = Process::start(&mut bare(&[SERVED], &["bare-hello", &address.to_string()])?)?;
    answers(address, "/", Instant::now() + Duration::from_secs(10)).await?;
    let house = House::start(&Setup { url: folder.sqlite(), cores: vec![SERVED], workers: 1 }).await?;
    let people = house.people("alice", 1).await?;
    let bearer = format!("Bearer {}", text(&people[0], "access_token")?);
    let cookie = house.cookie("alice0").await?;

    let with_token = request("GET", "/api/me", &[("authorization", &bearer)], "");
    let with_cookie = request("GET", "/api/me", &[("cookie", &cookie)], "");
    let mut sides = [
        Side { process: &hello, callers: same(address, &request("GET", "/", &[], ""), CONNECTIONS).await? },
        Side { process: &house.process, callers: same(house.address, &with_token, CONNECTIONS).await? },
        Side { process: &house.process, callers: same(house.address, &with_cookie, CONNECTIONS).await? },
    ];
    let mut rounds: [Vec<Rates>; 3] = Default::default();
    for side in &mut sides {
        side.round(WARM).await?;
    }
    for _ in 0..ROUNDS {
        for (side, rounds) in sides.iter_mut().zip(&mut rounds) {
            rounds.push(side.round(ROUND).await?);
        }
    }
    let [bare, token, session] = rounds;
    for (what, rounds) in [("GET /api/me, access token", token), ("GET /api/me, session cookie", session)] {
        compare(report, what, &rounds, &bare, TARGET);
    }
    Ok(())
}

/// Two rows: by the clock, and by the CPU time of what was measured, which neighbours disturb less.
pub(super) fn compare(report: &mut Report, what: &str, measured: &[Rates], limit: &[Rates], target: f64) {
    type Of = fn(&Rates) -> f64;
    let kinds: [(&str, Of); 2] = [("/s", |rates| rates.per_second), ("/CPU s", |rates| rates.per_cpu_second)];
    for (unit, of) in kinds {
        let rounds = measured.iter().zip(limit).map(|(measured, limit)| (of(measured), of(limit)));
        report.at_least(&format!("{what} {unit}"), &rounds.collect::<Vec<_>>(), target);
    }
}

//! Growth: what costs the same among ten thousand sessions must cost the same among ten million.

use std::time::Duration;

use anyhow::Result;
use guardhouse_core::{
    master_key::KeyRing,
    opaque::{SALT_LENGTH, Salt, Stamped, StampedKind},
};
use guardhouse_store::{DatabaseOptions, Db, Statement, params};

use super::refresh::Refresher;
use crate::{
    house::{Folder, House, MASTER_KEY, Setup},
    load::{Caller, Wire, drive_awake, request},
    process::{LOADING, SERVED, keep_to},
    report::{Report, median},
};

const FEW: i64 = 10_000;
const MANY: i64 = 10_000_000;
/// Sessions in use, spread evenly over the table.
const USED: i64 = 6_400;
const CLIENTS: i64 = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
const BATCH: i64 = 200_000;
const SALT: Salt = [7; SALT_LENGTH];

/// $1 first, $2 last, $3 salt. Ids are the number in 16 bytes, so that the bench can make the token of any.
const SESSIONS: Statement = Statement {
    name: "bench::SESSIONS",
    sql: "with recursive n(i) as (select $1 union all select i + 1 from n where i < $2)
        insert into sessions (id, account_id, created_at, last_seen_at, expires_at, amr, auth_time, remember, salt,
            generation, network_address)
        select unhex(printf('%032x', i)), (select id from accounts limit 1), now, now, now + 604800000000, 'pwd', now, 0,
            $3, 1, '127.0.0.1'
        from n, (select cast(unixepoch('subsec') * 1000000 as integer) as now)",
};

/// $1 first, $2 last, $3 salt
const GRANTS: Statement = Statement {
    name: "bench::GRANTS",
    sql: "with recursive n(i) as (select $1 union all select i + 1 from n where i < $2)
        insert into grants (id, session_id, account_id, client, scope, salt, generation, rotated_at, rotated_network,
            refreshes, created_at, expires_at, limit_at)
        select unhex(printf('%032x', i)), unhex(printf('%032x', i)), (select id from accounts limit 1), 'guardhouse', '',
            $3, 1, now, zeroblob(16), 0, now, now + 604800000000, now + 604800000000
        from n, (select cast(unixepoch('subsec') * 1000000 as integer) as now)",
};

/// A client that goes from one session to the next.
struct Checker {
    wire: Wire,
    requests: Vec<Vec<u8>>,
    at: usize,
}

impl Caller for Checker {
    async fn turn(&mut self) -> Result<()> {
        self.at = (self.at + 1) % self.requests.len();
        let reply = self.wire.call(&self.requests[self.at]).await?;
        anyhow::ensure!(reply.status == 200, "status {}: {}", reply.status, String::from_utf8_lossy(reply.body));
        Ok(())
    }
}

/// A client that refreshes one login after the other.
struct Wanderer {
    refresher: Refresher,
    tokens: Vec<String>,
    at: usize,
}

impl Caller for Wanderer {
    async fn turn(&mut self) -> Result<()> {
        self.at = (self.at + 1) % self.tokens.len();
        std::mem::swap(&mut self.refresher.token, &mut self.tokens[self.at]);
        let done = self.refresher.turn().await;
        std::mem::swap(&mut self.refresher.token, &mut self.tokens[self.at]);
        done
    }
}

pub(super) async fn run(report: &mut Report) -> Result<()> {
    let (few_checks, few_refreshes) = among(FEW).await?;
    let (many_checks, many_refreshes) = among(MANY).await?;
    // Rates: not slower than 1.5 times is at least two thirds of the rate.
    for (what, many, few) in [
        ("session check, 10 million against 10 thousand", many_checks, few_checks),
        ("refresh, 10 million against 10 thousand", many_refreshes, few_refreshes),
    ] {
        report.at_least(what, &[(many, few)], 1.0 / 1.5);
    }
    Ok(())
}

async fn among(rows: i64) -> Result<(f64, f64)> {
    let folder = Folder::new()?;
    let setup = Setup { url: folder.sqlite(), cores: vec![SERVED], workers: 1 };
    keep_to(&[LOADING])?;
    let house = House::start(&setup).await?;
    house.people("alice", 1).await?;
    house.process.stop()?;
    fill(&setup.url, rows).await?;

    let house = House::start(&setup).await?;
    let (mut checkers, mut wanderers) = callers(&house, rows).await?;
    let (mut checks, mut refreshes) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (back, rate) = drive_awake(checkers, ROUND).await?;
        checkers = back;
        let (back, refresh_rate) = drive_awake(wanderers, ROUND).await?;
        wanderers = back;
        // The first warms up.
        if round > 0 {
            checks.push(rate);
            refreshes.push(refresh_rate);
        }
    }
    Ok((median(checks), median(refreshes)))
}

async fn fill(url: &str, rows: i64) -> Result<()> {
    let db = Db::open(&DatabaseOptions::new(url))?;
    for first in (1..=rows).step_by(usize::try_from(BATCH)?) {
        let last = rows.min(first + BATCH - 1);
        for statement in [&SESSIONS, &GRANTS] {
            db.execute(statement, params![first, last, SALT.to_vec()]).await?;
        }
    }
    Ok(())
}

async fn callers(house: &House, rows: i64) -> Result<(Vec<Checker>, Vec<Wanderer>)> {
    let ring = KeyRing::parse([MASTER_KEY])?;
    let stamped = |kind, number: i64| Stamped::issue(&ring, kind, i128::from(number).to_be_bytes(), 1, &SALT).text();
    let (mut checkers, mut wanderers) = (Vec::new(), Vec::new());
    for client in 0..CLIENTS {
        let numbers = (0..USED / CLIENTS).map(|turn| 1 + (turn * CLIENTS + client) * (rows / USED));
        let (mut requests, mut tokens) = (Vec::new(), Vec::new());
        for number in numbers {
            let cookie = format!("__Host-guardhouse_session={}", stamped(StampedKind::Cookie, number));
            requests.push(request("GET", "/api/me", &[("cookie", &cookie)], ""));
            tokens.push(stamped(StampedKind::Refresh, number));
        }
        checkers.push(Checker { wire: house.wire().await?, requests, at: 0 });
        let refresher = Refresher { wire: house.wire().await?, token: String::new() };
        wanderers.push(Wanderer { refresher, tokens, at: 0 });
    }
    Ok((checkers, wanderers))
}

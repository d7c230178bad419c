//! Checks of API keys, and decisions: over HTTP against a bare server, in process by the clock.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use guardhouse::{
    Guardhouse, StartOptions, assembly,
    features::{
        access,
        policies::{self, Act, Author, NewPolicy, Party, Question},
    },
    kernel::{
        audit::Who,
        ctx::Ctx,
        settings::{Profile, Settings, Source},
    },
};
use guardhouse_core::{
    ids::AccountId,
    secret::{SecretText, random_below},
};
use guardhouse_store::{Db, Statement, params};
use serde_json::json;

use super::me::{CONNECTIONS, ROUND, ROUNDS, Side, WARM, compare};
use crate::{
    house::{Folder, House, MASTER_KEY, Setup, answers, binary, free_address, text},
    load::{request, same},
    process::{LOADING, Process, Rates, SERVED, bare, keep_to, on},
    report::{Report, median},
};

/// What a check of a key must reach of a bare server's rate, and what a decision must.
const KEY_TARGET: f64 = 0.45;
const DECISION_TARGET: f64 = 0.3;
/// The same where policies are about the question.
const POLICY_TARGET: f64 = 0.3;
/// Concerns every question of the round.
const POLICY: &str =
    "forbid (principal, action == Action::\"read\", resource is record) when { context has sealed && context.sealed };";
/// Microseconds that nearly all decisions in process stay below.
const MOST_MICROS: f64 = 200.0;
const DECISIONS: u32 = 20_000;
const ACCOUNTS: u32 = 1_000;
const ROLES: i64 = 1_000;
const FEW: i64 = 1_000;
const SOME: i64 = 100_000;
const MANY: i64 = 1_000_000;
const ACTS: u32 = 50;

/// $1 how many. Ids are the number in 16 bytes, so that the bench can name any.
const ADD_ACCOUNTS: Statement = Statement {
    name: "bench::ADD_ACCOUNTS",
    sql: "with recursive n(i) as (select 1 union all select i + 1 from n where i < $1)
        insert into accounts (id, email, email_key, name, created_at, updated_at)
        select unhex(printf('%032x', i)), i || '@bench.example', i || '@bench.example', 'Somebody', 0, 0 from n",
};
/// $1 how many
const ADD_ROLES: Statement = Statement {
    name: "bench::ADD_ROLES",
    sql: "with recursive n(i) as (select 1 union all select i + 1 from n where i < $1)
        insert into roles (id, scope, name, description, permissions, includes, version, created_at, updated_at)
        select unhex(printf('%032x', i)), '', 'role' || i, '', 'record:act' || (i % 50), '', 1, 0, 0 from n",
};
/// Each binding is one account's role on one record: account, role and record follow from its number.
/// $1 first, $2 last
const ADD_BINDINGS: Statement = Statement {
    name: "bench::ADD_BINDINGS",
    sql: "with recursive n(i) as (select $1 union all select i + 1 from n where i < $2)
        insert into role_bindings (id, subject, role, scope, resource_type, resource_id, created_at)
        select unhex(printf('%032x', i)), unhex(printf('%032x', 1 + i % 1000)), 'role' || (1 + i % 1000), '/record/' || i,
            'record', i, 0 from n",
};

pub(super) async fn run(report: &mut Report) -> Result<()> {
    over_http(report).await?;
    in_process(report).await
}

async fn over_http(report: &mut Report) -> Result<()> {
    keep_to(&[LOADING])?;
    let folder = Folder::new()?;
    let address = free_address()?;
    let hello = Process::start(&mut bare(&[SERVED], &["bare-hello", &address.to_string()])?)?;
    answers(address, "/", Instant::now() + Duration::from_secs(10)).await?;
    let setup = Setup { url: folder.sqlite(), cores: vec![SERVED], workers: 1 };
    let house = House::start_with(&setup, &[("LIMITS__API_KEY", "off")]).await?;
    let person = house.people("alice", 1).await?;
    administrate(&setup.url)?;
    let bearer = format!("Bearer {}", text(&person[0], "access_token")?);
    let mut wire = house.wire().await?;
    let new = json!({"name": "bench", "scopes": ["*"]}).to_string();
    let reply = wire.call(&request("POST", "/api/me/api-keys", &[("authorization", &bearer)], &new)).await?;
    ensure!(reply.status == 201, "a key: {}", String::from_utf8_lossy(reply.body));
    let key = text(&serde_json::from_slice(reply.body)?, "api_key")?.to_owned();
    let asked = json!({
        "subject": {"type": "user", "id": person[0]["user"]["id"]},
        "action": {"name": "read"},
        "resource": {"type": "record", "id": "1"},
    });
    let checked = request("GET", "/api/me", &[("x-api-key", &key)], "");
    let decided = request("POST", "/access/v1/evaluation", &[("x-api-key", &key)], &asked.to_string());
    let mut sides = [
        Side { process: &hello, callers: same(address, &request("GET", "/", &[], ""), CONNECTIONS).await? },
        Side { process: &house.process, callers: same(house.address, &checked, CONNECTIONS).await? },
        Side { process: &house.process, callers: same(house.address, &decided, CONNECTIONS).await? },
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
    let [bare, keys, decisions] = rounds;
    compare(report, "GET /api/me, API key", &keys, &bare, KEY_TARGET);
    compare(report, "POST /access/v1/evaluation", &decisions, &bare, DECISION_TARGET);
    // The same once a policy concerns the question, which Cedar answers then.
    let policy = json!({"name": "bench", "source": POLICY}).to_string();
    // The connection of before was idle for so long that the server closed it.
    let mut wire = house.wire().await?;
    let reply = wire.call(&request("POST", "/api/admin/policies", &[("x-api-key", &key)], &policy)).await?;
    ensure!(reply.status == 201, "a policy: {}", String::from_utf8_lossy(reply.body));
    let [hello, _, decided] = &mut sides;
    let mut rounds: [Vec<Rates>; 2] = Default::default();
    decided.round(WARM).await?;
    for _ in 0..ROUNDS {
        rounds[0].push(hello.round(ROUND).await?);
        rounds[1].push(decided.round(ROUND).await?);
    }
    compare(report, "the same with a policy about it", &rounds[1], &rounds[0], POLICY_TARGET);
    Ok(())
}

/// Gives the only person there is the role `admin`, beside the running server.
fn administrate(url: &str) -> Result<()> {
    let mut command = on(&[LOADING], &binary()?.to_string_lossy());
    command.args(["user", "update", "alice0@example.com", "--role", "admin"]);
    command.env("GUARDHOUSE_MASTER_KEY", MASTER_KEY).env("GUARDHOUSE_DATABASE__URL", url);
    command.env("GUARDHOUSE_REGISTRATION__VERIFY_EMAIL", "off");
    let done = command.output()?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}

/// One decision after the other among a hundred policies, a thousand roles and so many bindings.
async fn in_process(report: &mut Report) -> Result<()> {
    let folder = Folder::new()?;
    let settings = settings(&folder.sqlite())?;
    let engine = Guardhouse::start(settings.clone(), StartOptions::default()).await?;
    fill(engine.ctx()).await?;
    engine.stop().await;
    let mut medians = Vec::new();
    for (from, to) in [(1, FEW), (FEW + 1, SOME), (SOME + 1, MANY)] {
        bind(engine.ctx(), from, to).await?;
        // Roles and policies are read at the start.
        let engine = Guardhouse::start(settings.clone(), StartOptions::default()).await?;
        let mut micros = decide(engine.ctx(), to.min(FEW)).await?;
        micros.sort_by(f64::total_cmp);
        let p99 = micros[micros.len() * 99 / 100];
        medians.push(median(micros));
        if to == SOME {
            report.at_most("a decision in process, p99, 100,000 bindings", p99, MOST_MICROS, "us");
        }
        engine.stop().await;
    }
    report.at_most("the same among a million bindings and a thousand", medians[2] / medians[0], 1.25, "x");
    Ok(())
}

fn settings(url: &str) -> Result<Settings> {
    let source = Source { profile: Some(Profile::Development), ..Source::default() };
    let mut settings = Settings::load(&source, &assembly::sections()).map_err(|error| anyhow::anyhow!("{error}"))?;
    settings.master_key = vec![SecretText::new(MASTER_KEY)];
    settings.database.url = SecretText::new(url);
    Ok(settings)
}

async fn fill(ctx: &Ctx) -> Result<()> {
    ctx.db.execute(&ADD_ACCOUNTS, params![ACCOUNTS]).await?;
    ctx.db.execute(&ADD_ROLES, params![ROLES]).await?;
    let author = Author { who: Who::system(), account: None };
    for number in 0..100 {
        let act = number % ACTS;
        let source = format!(
            "permit (principal, action == Action::\"act{act}\", resource is record) when {{ resource.owner == principal && \
             resource.number == {number} }};"
        );
        let new = NewPolicy { name: format!("bench{number}"), description: String::new(), source, tests: Vec::new() };
        policies::create(ctx, &author, new).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    }
    Ok(())
}

async fn bind(ctx: &Ctx, from: i64, to: i64) -> Result<()> {
    const BATCH: i64 = 100_000;
    let db: &Db = &ctx.db;
    let mut at = from;
    while at <= to {
        db.execute(&ADD_BINDINGS, params![at, to.min(at + BATCH - 1)]).await?;
        at += BATCH;
    }
    Ok(())
}

/// Microseconds of each decision about the first `records`, half of which are allowed by a role on that record.
async fn decide(ctx: &Ctx, records: i64) -> Result<Vec<f64>> {
    let records = u32::try_from(records)?;
    let mut micros = Vec::new();
    for _ in 0..DECISIONS {
        let record = 1 + random_below(records);
        let account = 1 + record % ACCOUNTS;
        let act = if random_below(2) == 0 { (1 + record % ACCOUNTS) % ACTS } else { random_below(ACTS) };
        let id = AccountId::from_bytes(u128::from(account).to_be_bytes());
        let question = Question {
            subject: Party { kind: "user".into(), id: id.to_string(), ..Party::default() },
            action: Act { name: format!("act{act}"), ..Act::default() },
            resource: Party { kind: "record".into(), id: record.to_string(), ..Party::default() },
            ..Question::default()
        };
        let started = Instant::now();
        let decision = access::decide(ctx, question, None).await.map_err(|error| anyhow::anyhow!("{error}"))?;
        micros.push(started.elapsed().as_secs_f64() * 1e6);
        let _ = decision.reasons.first().context("a decision without a reason")?;
    }
    Ok(micros)
}

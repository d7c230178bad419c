//! What second factors, passkeys and proofs of work cost the server, in CPU time of its process.

use anyhow::{Context as _, Result, ensure};
use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL_NOPAD};
use guardhouse_core::{
    otp::Shared,
    time::{Clock, Span},
};
use serde_json::{Value, json};

use crate::{
    authenticator::Device,
    house::{Folder, House, PASSWORD, Setup, text},
    load::{Wire, request},
    process::{LOADING, SERVED, keep_to},
    report::Report,
};

const OFTEN: &str = "1000000/1m";
/// People with an application, and as many without, each of whom signs in once.
const PEOPLE: usize = 200;
/// Turns of those with and those without.
const TURNS: usize = 10;
/// Answers of a passkey.
const SIGN_INS: usize = 300;
/// Answers to proofs of work, and as many requests without one.
const ANSWERS: usize = 4_000;
/// CPU milliseconds.
const MOST_OF_A_FACTOR: f64 = 1.0;
/// CPU microseconds.
const MOST_OF_A_PROOF: f64 = 50.0;

pub(super) async fn run(report: &mut Report) -> Result<()> {
    keep_to(&[LOADING])?;
    let folder = Folder::new()?;
    let setup = Setup { url: folder.sqlite(), cores: vec![SERVED], workers: 1 };
    factors(report, &setup).await?;
    proofs(report, &setup).await
}

async fn factors(report: &mut Report, setup: &Setup) -> Result<()> {
    let house = House::start_with(
        setup,
        &[
            ("LIMITS__LOGIN", OFTEN),
            ("CAPTCHA__KIND", "off"),
            ("RISK__NETWORK", "off"),
            // Passkeys belong to a name.
            ("SERVER__PUBLIC_URL", "http://localhost"),
            ("PASSKEYS__BEGUN", "off"),
        ],
    )
    .await?;
    let mut wire = house.wire().await?;
    let people = house.people("factor", PEOPLE).await?;
    let mut secrets = Vec::new();
    for person in &people {
        secrets.push(enrolled(&mut wire, person).await?);
    }
    let plain = house.people("plain", PEOPLE).await?;
    ensure!(plain.len() == people.len(), "as many without a factor");
    // In turns, since the hash of the password is most of both.
    let (mut with, mut without) = (0.0, 0.0);
    for turn in 0..TURNS {
        let numbers = (0..PEOPLE).filter(|number| number % TURNS == turn);
        let before = house.process.cpu()?;
        for number in numbers.clone() {
            factored(&mut wire, number, &secrets[number]).await?;
        }
        let between = house.process.cpu()?;
        for number in numbers {
            let reply = wire.call(&request("POST", "/api/auth/login", &[], &login("plain", number))).await?;
            ensure!(reply.status == 200, "signing in: {}", String::from_utf8_lossy(reply.body));
        }
        with += between - before;
        without += house.process.cpu()? - between;
    }
    let added = (with - without) / PEOPLE as f64;
    report.at_most("a second factor, added to a login", added * 1e3, MOST_OF_A_FACTOR, "ms CPU");

    let login = house.people("passkey", 1).await?;
    let mut device = Device::new("http://localhost")?;
    let bearer = format!("Bearer {}", text(&login[0], "access_token")?);
    let options = wire.call(&request("POST", "/api/me/passkeys/options", &[("authorization", &bearer)], "{}")).await?;
    ensure!(options.status == 200, "options: {}", String::from_utf8_lossy(options.body));
    let made = json!({"credential": device.create(options.body).await?, "name": "Bench"}).to_string();
    let added = wire.call(&request("POST", "/api/me/passkeys", &[("authorization", &bearer)], &made)).await?;
    ensure!(added.status == 201, "a passkey: {}", String::from_utf8_lossy(added.body));
    let (mut wrong, mut unknown) = (Vec::new(), Vec::new());
    for _ in 0..SIGN_INS {
        let options = wire.call(&request("POST", "/api/auth/passkey/options", &[], "{}")).await?;
        let mut answer = device.get(options.body).await?;
        // Looked at to the end as a right one is.
        let signature = answer["response"]["signature"].as_str().context("no signature")?;
        let mut bytes = BASE64URL_NOPAD.decode(signature.as_bytes())?;
        *bytes.last_mut().context("an empty signature")? ^= 1;
        answer["response"]["signature"] = json!(BASE64URL_NOPAD.encode(&bytes));
        let sent = json!({"credential": answer}).to_string();
        wrong.push(request("POST", "/api/auth/passkey/verify", &[], &sent));
    }
    // The same once more: their challenges are spent, so nothing is looked at.
    unknown.extend(wrong.iter().cloned());
    let looked_at = spent(&house, &mut wire, &wrong, 401).await?;
    let refused = spent(&house, &mut wire, &unknown, 401).await?;
    report.at_most("an answer of a passkey, checked", (looked_at - refused) * 1e3, MOST_OF_A_FACTOR, "ms CPU");
    Ok(())
}

fn login(name: &str, number: usize) -> String {
    json!({"email": format!("{name}{number}@example.com"), "password": PASSWORD}).to_string()
}

/// Enrols an application for somebody, which spends the code of the present.
async fn enrolled(wire: &mut Wire, person: &Value) -> Result<Shared> {
    let bearer = format!("Bearer {}", text(person, "access_token")?);
    let begun = called(wire, "/api/me/mfa/totp", &bearer, &json!({}), 200).await?;
    let shared = Shared::from_bytes(BASE32_NOPAD.decode(text(&begun, "secret")?.as_bytes())?.into());
    let code = shared.code_at(Clock::system().now())?;
    called(wire, "/api/me/mfa/totp/confirm", &bearer, &json!({"code": code}), 200).await?;
    Ok(shared)
}

/// Signs in with both factors. The code of the next step counts already.
async fn factored(wire: &mut Wire, number: usize, shared: &Shared) -> Result<()> {
    let reply = wire.call(&request("POST", "/api/auth/login", &[], &login("factor", number))).await?;
    ensure!(reply.status == 401, "signing in: {}", String::from_utf8_lossy(reply.body));
    let refused: Value = serde_json::from_slice(reply.body)?;
    let ticket = refused["error"]["mfa_token"].as_str().context("no ticket")?;
    let code = shared.code_at(Clock::system().now() + Span::seconds(30))?;
    let answer = json!({"mfa_token": ticket, "method": "totp", "code": code}).to_string();
    let reply = wire.call(&request("POST", "/api/auth/mfa/verify", &[], &answer)).await?;
    ensure!(reply.status == 200, "a second factor: {}", String::from_utf8_lossy(reply.body));
    Ok(())
}

async fn called(wire: &mut Wire, path: &str, bearer: &str, body: &Value, status: u16) -> Result<Value> {
    let reply = wire.call(&request("POST", path, &[("authorization", bearer)], &body.to_string())).await?;
    ensure!(reply.status == status, "{path}: {}", String::from_utf8_lossy(reply.body));
    Ok(serde_json::from_slice(reply.body)?)
}

/// Seconds of CPU that the server takes for each of these.
async fn spent(house: &House, wire: &mut Wire, requests: &[Vec<u8>], status: u16) -> Result<f64> {
    let before = house.process.cpu()?;
    for request in requests {
        let reply = wire.call(request).await?;
        ensure!(reply.status == status, "{} {}", reply.status, String::from_utf8_lossy(reply.body));
    }
    Ok((house.process.cpu()? - before) / requests.len() as f64)
}

async fn proofs(report: &mut Report, setup: &Setup) -> Result<()> {
    let house = House::start_with(
        setup,
        &[
            ("LIMITS__LOGIN", OFTEN),
            ("CAPTCHA__KIND", "proof-of-work"),
            ("CAPTCHA__WHEN", "always"),
            ("CAPTCHA__LIMIT", "off"),
        ],
    )
    .await?;
    let mut wire = house.wire().await?;
    let challenge = wire.call(&request("GET", "/api/auth/captcha", &[], "")).await?;
    let mut solution: Value = serde_json::from_slice(challenge.body)?;
    // Checked as far as a right one, and never spent.
    solution["number"] = json!(100_001);
    let login = |answer: Option<String>| {
        let mut body = json!({"email": "alice@example.com", "password": PASSWORD});
        if let Some(answer) = answer {
            body["captcha"] = json!(answer);
        }
        vec![request("POST", "/api/auth/login", &[], &body.to_string()); ANSWERS / 8]
    };
    let (with, without) = (login(Some(BASE64.encode(solution.to_string().as_bytes()))), login(None));
    let mut costs = [0.0; 2];
    for _ in 0..8 {
        for (cost, requests) in costs.iter_mut().zip([&with, &without]) {
            *cost += spent(&house, &mut wire, requests, 403).await? / 8.0;
        }
    }
    report.at_most("an answer to a proof of work, checked", (costs[0] - costs[1]) * 1e6, MOST_OF_A_PROOF, "us CPU");
    Ok(())
}

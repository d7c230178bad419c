//! Whether the time of an answer tells who has an account (`A17`). Known and unknown addresses are asked for in turns, and
//! the two distributions of times must not be further apart than chance puts those of one and the same.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::{
    house::{Folder, House, PASSWORD, Setup},
    load::{Wire, request},
    process::{LOADING, SERVED, keep_to},
    report::{Report, median},
};

/// Addresses of each kind.
const PEOPLE: usize = 80;
/// Each address is asked for so often: fewer than `lockout.attempts` by default.
const ROUNDS: usize = 3;
/// Of two samples of one distribution, one pair in a hundred is further apart than this over the root of half their size.
const ONE_IN_A_HUNDRED: f64 = 1.628;
/// The medians of both kinds, the longer over the shorter.
const MEDIANS: f64 = 1.1;
/// Calls before the first that counts.
const WARM: usize = 10;

/// A call that must not tell.
struct Call {
    name: &'static str,
    path: &'static str,
    body: fn(&str) -> Value,
    /// The one answer to everybody.
    status: u16,
}

const CALLS: [Call; 5] = [
    Call {
        name: "login",
        path: "/api/auth/login",
        body: |email| json!({"email": email, "password": "not-the-password-9"}),
        status: 401,
    },
    Call { name: "forgot", path: "/api/auth/password/forgot", body: |email| json!({"email": email}), status: 202 },
    Call {
        name: "register",
        path: "/api/auth/register",
        body: |email| json!({"email": email, "password": PASSWORD, "name": "A Person"}),
        status: 202,
    },
    Call { name: "resend", path: "/api/auth/email/resend", body: |email| json!({"email": email}), status: 202 },
    Call { name: "link", path: "/api/auth/magic-link", body: |email| json!({"email": email}), status: 202 },
];

pub(super) async fn run(report: &mut Report) -> Result<()> {
    keep_to(&[LOADING])?;
    let folder = Folder::new()?;
    let setup = Setup { url: folder.sqlite(), cores: vec![SERVED], workers: 1 };
    // People come in without letters first: there is nobody here who reads them.
    let house = House::start(&setup).await?;
    house.people("known", PEOPLE).await?;
    house.process.stop()?;

    let often = "1000000/1m";
    let house = House::start_with(
        &setup,
        &[
            ("REGISTRATION__VERIFY_EMAIL", "required"),
            // Letters are written and wait; nobody listens there.
            ("MAIL__SMTP_URL", "smtp://127.0.0.1:9"),
            ("MAIL__FROM", "bench@example.com"),
            ("LIMITS__LOGIN", often),
            ("LIMITS__PASSWORD_FORGOT", often),
            ("LIMITS__PASSWORD_FORGOT_NETWORK", often),
            // Nobody here is asked for a challenge.
            ("CAPTCHA__KIND", "off"),
        ],
    )
    .await?;
    let mut wire = house.wire().await?;
    for call in &CALLS {
        let [known, unknown] = call.times(&mut wire).await?;
        call.compare(report, known, unknown);
    }
    Ok(())
}

impl Call {
    /// How long each answer took, in milliseconds: to known addresses, and to unknown ones.
    async fn times(&self, wire: &mut Wire) -> Result<[Vec<f64>; 2]> {
        for number in 0..WARM {
            self.ask(wire, &format!("warm{}{number}@example.com", self.name)).await?;
        }
        let mut times = [Vec::new(), Vec::new()];
        for turn in 0..PEOPLE * ROUNDS {
            let number = turn % PEOPLE;
            let addresses = [format!("known{number}@example.com"), format!("{}{number}@example.com", self.name)];
            // Who comes first changes, so that neither kind always follows the other.
            for kind in [turn % 2, 1 - turn % 2] {
                let took = self.ask(wire, &addresses[kind]).await?;
                times[kind].push(took.as_secs_f64() * 1e3);
            }
        }
        Ok(times)
    }

    async fn ask(&self, wire: &mut Wire, email: &str) -> Result<Duration> {
        let request = request("POST", self.path, &[], &(self.body)(email).to_string());
        let began = Instant::now();
        let reply = wire.call(&request).await?;
        let took = began.elapsed();
        let (status, text) = (reply.status, String::from_utf8_lossy(reply.body));
        ensure!(status == self.status, "{} was answered {status}: {text}", self.name);
        Ok(took)
    }

    fn compare(&self, report: &mut Report, known: Vec<f64>, unknown: Vec<f64>) {
        let bound = ONE_IN_A_HUNDRED * (2.0 / known.len() as f64).sqrt();
        let apart = distance(&known, &unknown);
        let [known, unknown] = [median(known), median(unknown)];
        println!("  {}: median {known:.2} ms for known addresses, {unknown:.2} ms for unknown ones", self.name);
        report.at_most(&format!("{}: distance of known and unknown", self.name), apart, bound, "x");
        let ratio = known.max(unknown) / known.min(unknown);
        report.at_most(&format!("{}: ratio of the medians", self.name), ratio, MEDIANS, "x");
    }
}

/// The Kolmogorov-Smirnov statistic of two samples: the greatest difference between their cumulated shares.
fn distance(one: &[f64], other: &[f64]) -> f64 {
    let share = |of: &[f64], most: f64| of.iter().filter(|value| **value <= most).count() as f64 / of.len() as f64;
    let apart = one.iter().chain(other).map(|value| (share(one, *value) - share(other, *value)).abs());
    apart.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn samples_are_as_far_apart_as_their_shares() {
        let ten: Vec<f64> = (0..10).map(f64::from).collect();
        let later: Vec<f64> = ten.iter().map(|value| value + 5.0).collect();
        let far: Vec<f64> = ten.iter().map(|value| value + 10.0).collect();
        assert!(distance(&ten, &ten) < 1e-9);
        assert!((distance(&ten, &later) - 0.5).abs() < 1e-9);
        assert!((distance(&ten, &far) - 1.0).abs() < 1e-9);
    }
}

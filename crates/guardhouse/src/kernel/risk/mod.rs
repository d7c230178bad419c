//! Risk: who is asked for a challenge before anything is looked at (M-33; ASVS 6.3.1), and what the audit log is told of
//! networks that try many accounts (M-64).
//!
//! What raises the risk are failures on one e-mail address, failures, registrations and letters of one network. A device
//! that signed in to the account before is judged by its own failures alone, so that no stranger gets its owner asked.
//! Nothing here tells a known address from an unknown one (`A17`). The limits and the lockout hold whatever is answered (`A4`).

mod spike;
mod stuffing;

use guardhouse_core::{email::EmailAddress, time::Span};
use serde_json::{Map, Value};

use super::{
    BoxFuture,
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::{client::Client, input::Text},
    limits::{
        attempts::{self, Target},
        network::{self, Policy},
    },
    settings::Rate,
};

/// The answer to a challenge, as forms send it: those of hosted services have some kilobytes.
pub type Answer = Text<8192>;

/// Failed logins of one network.
const FAILURES: Policy =
    Policy { name: "risk_network", setting: "risk.network", of: |settings| &settings.risk.network };
/// Registrations of one network.
const REGISTRATIONS: Policy =
    Policy { name: "risk_registrations", setting: "risk.registrations", of: |settings| &settings.risk.registrations };
/// Letters asked for by one network.
const LETTERS: Policy = Policy { name: "risk_letters", setting: "risk.letters", of: |settings| &settings.risk.letters };
/// Addresses that failed from one network.
const STUFFING: Policy =
    Policy { name: "risk_stuffing", setting: "risk.stuffing", of: |settings| &settings.risk.stuffing };

/// Failed logins of all.
const SPIKE: Policy = Policy { name: "risk_spike", setting: "risk.spike", of: |settings| &settings.risk.spike };

/// None of them refuses anybody.
pub const LIMITS: [Policy; 5] = [FAILURES, REGISTRATIONS, LETTERS, STUFFING, SPIKE];

/// When a challenge is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Never.
    Never,
    /// When the risk is high.
    HighRisk,
    /// Always.
    Always,
}

/// The seam to the one feature that makes challenges, which opens it before the start.
#[derive(Clone, Copy)]
pub struct Challenges {
    /// When one is asked for.
    pub when: When,
    /// A new one, as members of the refusal.
    pub make: fn(&Ctx) -> Map<String, Value>,
    /// Whether this is the answer to one, which is spent by it. An error where nobody can say.
    pub check: for<'a> fn(&'a Ctx, &'a str, &'a Client) -> BoxFuture<'a, Result<bool>>,
}

/// What somebody asks for who may be a program.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// To sign in.
    Login {
        /// What the attempt counts against.
        target: Target,
        /// Whether that is a device which signed in to the account before.
        known_device: bool,
    },
    /// To register.
    Register,
    /// To be sent a letter.
    Letter,
}

/// Whether anybody is asked for a challenge at all.
pub fn asks(ctx: &Ctx) -> bool {
    challenges(ctx).when != When::Never
}

fn challenges(ctx: &Ctx) -> Challenges {
    *ctx.opened.of::<Challenges>()
}

/// Lets through whom no challenge is asked for, or who answered one; asked before anything is looked at or hashed (`D2`).
/// An answer that nobody asked for is not looked at, so it is not spent.
pub async fn ask(ctx: &Ctx, act: Act, answer: Option<&Answer>, client: &Client) -> Result<()> {
    let challenges = challenges(ctx);
    let asked = match challenges.when {
        When::Never => false,
        When::HighRisk => is_high(ctx, act, client).await?,
        When::Always => true,
    };
    if !asked {
        return Ok(());
    }
    let Some(Text(answer)) = answer else {
        ctx.meters.challenge_asked();
        return Err(refusal(ctx, challenges, "Solve the challenge, and send its answer as `captcha`."));
    };
    let checked = (challenges.check)(ctx, answer, client).await;
    ctx.meters.challenge_answered(checked.as_ref().ok().copied());
    if checked? {
        return Ok(());
    }
    Err(refusal(ctx, challenges, "The answer is wrong, too old, or was used before. Solve this challenge."))
}

/// Brings a new challenge along, so that a client can go on at once.
fn refusal(ctx: &Ctx, challenges: Challenges, message: &'static str) -> Error {
    let error = Error::new(Code::CaptchaRequired, message);
    (challenges.make)(ctx).into_iter().fold(error, |error, (name, value)| error.with(&name, value))
}

async fn is_high(ctx: &Ctx, act: Act, client: &Client) -> Result<bool> {
    let network = client.network();
    let of_itself = match act {
        Act::Login { target, known_device } => {
            let Some(failures) = attempts::in_a_row(ctx, target).await? else { return Ok(false) };
            let failed = failures >= i64::from(ctx.settings.risk.account);
            if known_device {
                return Ok(failed);
            }
            failed
        }
        Act::Register => !network::charge_silently(ctx, REGISTRATIONS, &network).await?,
        Act::Letter => !network::charge_silently(ctx, LETTERS, &network).await?,
    };
    Ok(of_itself || !network::spares(ctx, FAILURES, &network).await?)
}

/// Somebody failed to sign in to an address, known or not.
pub async fn failed(ctx: &Ctx, email: &EmailAddress, client: &Client) -> Result<()> {
    network::charge_silently(ctx, FAILURES, &client.network()).await?;
    spike::failed(ctx).await?;
    stuffing::failed(ctx, email, client).await
}

/// Whether this is the first time in a window. One use weighs in for two windows of a counter, so for two halves of ours.
async fn first(ctx: &Ctx, policy: Policy, rate: Rate, subject: &[u8]) -> Result<bool> {
    let once = Rate { count: 1, per: Span((rate.per.0 / 2).max(1)) };
    network::charge_silently_at(ctx, policy, once, subject).await
}

//! Making challenges and judging their answers, whatever their kind.

use guardhouse_store::{BATCH, params};
use serde_json::{Map, Value, json};

use super::{
    hosted,
    proof::{self, Puzzle, Solution},
    settings::{Asked, CaptchaSettings, Kind},
    store,
};
use crate::kernel::{
    ctx::Ctx,
    errors::Result,
    http::client::Client,
    limits::network::{self, Policy},
    opened::{OpenError, Opened},
    outbound::Outbound,
    risk::{Challenges, When},
    settings::Settings,
};

/// Challenges asked for by themselves, and wrong answers.
pub(super) const CAPTCHA: Policy =
    Policy { name: "captcha", setting: "captcha.limit", of: |settings| &settings.of::<CaptchaSettings>().limit };

/// Puts the challenges where the kernel asks for them.
pub(super) fn open(settings: &Settings, outbound: &Outbound, opened: &mut Opened) -> Result<(), OpenError> {
    let captcha = settings.of::<CaptchaSettings>();
    if let Some(url) = hosted::service(captcha) {
        outbound.check(url).map_err(|error| format!("captcha.verify_url: {error}"))?;
    }
    let when = match (captcha.kind, captcha.when) {
        (Kind::Off, _) => When::Never,
        (_, Asked::Risk) => When::HighRisk,
        (_, Asked::Always) => When::Always,
    };
    opened.add(Challenges { when, make, check: |ctx, answer, client| Box::pin(check(ctx, answer, client)) });
    Ok(())
}

/// A new proof of work.
pub(super) fn puzzle(ctx: &Ctx) -> Puzzle {
    let captcha = ctx.settings.of::<CaptchaSettings>();
    proof::make(&ctx.ring, ctx.now(), captcha.difficulty, captcha.ttl)
}

fn make(ctx: &Ctx) -> Map<String, Value> {
    let captcha = ctx.settings.of::<CaptchaSettings>();
    let mut members = Map::new();
    members.insert("kind".to_owned(), captcha.kind.as_str().into());
    match captcha.kind {
        Kind::Off => {}
        Kind::ProofOfWork => drop(members.insert("challenge".to_owned(), json!(puzzle(ctx)))),
        _ => drop(members.insert("site_key".to_owned(), captcha.site_key.as_str().into())),
    }
    members
}

/// Wrong answers are limited: they would be work for us or for the service (`D2`).
async fn check(ctx: &Ctx, answer: &str, client: &Client) -> Result<bool> {
    network::charge_network(ctx, CAPTCHA, client).await?;
    let captcha = ctx.settings.of::<CaptchaSettings>();
    let right = match hosted::service(captcha) {
        Some(url) => hosted::check(ctx, captcha, url, answer).await?,
        None => solved(ctx, answer).await?,
    };
    if right {
        network::refund(ctx, CAPTCHA, &client.network()).await?;
    }
    Ok(right)
}

/// Each answer counts once, on whichever node (`A22`): that is decided by the row that spends it.
async fn solved(ctx: &Ctx, answer: &str) -> Result<bool> {
    let Some(right) = Solution::read(answer).and_then(|solution| solution.right(&ctx.ring, ctx.now())) else {
        return Ok(false);
    };
    Ok(ctx.db.execute(&store::SPEND, params![right.id, right.expires_at]).await? == 1)
}

/// Forgets what was spent and would be too old by now.
pub(super) async fn sweep(ctx: &Ctx) -> Result<()> {
    ctx.db.execute_in_batches(&store::SWEEP, params![ctx.now()], BATCH).await?;
    Ok(())
}

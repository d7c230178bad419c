//! Limits per network address, grant, key or client: sliding windows, answered with the `RateLimit` headers of
//! draft-ietf-httpapi-ratelimit-headers-11 and `Retry-After`.

use std::cell::Cell;

use guardhouse_core::time::Span;
use guardhouse_store::counters::{Charge, Rate};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    settings::{self, Limit, Settings},
};

/// A limit: a constant of the feature that charges it, which lists it under `limits`.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// `login`, `register`, … in the headers and the counter's key; no two limits have one.
    pub name: &'static str,
    /// The setting that says how much.
    pub setting: &'static str,
    /// What it says.
    pub of: fn(&Settings) -> &Limit,
}

impl Policy {
    /// How much; `None` when it is off.
    fn rate(&self, ctx: &Ctx) -> Option<Rate> {
        (self.of)(&ctx.settings).rate().map(counted)
    }
}

fn counted(rate: settings::Rate) -> Rate {
    Rate { count: rate.count, window_micros: rate.per.0 }
}

/// What a charge left, for the answer's headers.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    name: &'static str,
    rate: Rate,
    remaining: u32,
    reset: Span,
}

tokio::task_local! {
    /// What the charges of the request at hand left; the scarcest is told.
    static CHARGED: Cell<Option<Left>>;
}

/// Answers a request, and says what the limits charged meanwhile leave.
pub async fn noting<T>(answer: impl Future<Output = T>) -> (T, Option<Left>) {
    CHARGED.scope(Cell::new(None), async { (answer.await, CHARGED.with(Cell::get)) }).await
}

fn note(left: Left) {
    // Outside a request, as in a job, nobody is told.
    let _ = CHARGED.try_with(|told| {
        if told.get().is_none_or(|scarcer| left.remaining <= scarcer.remaining) {
            told.set(Some(left));
        }
    });
}

/// The counter's key: short, and telling nothing of what it counts. A plain digest would: there are few network
/// addresses to try.
fn key(ctx: &Ctx, policy: Policy, subject: &[u8]) -> Vec<u8> {
    ctx.ring.index(&[b"limits", policy.name.as_bytes(), subject])[..16].to_vec()
}

/// Charges one use; a refusal is `RATE_LIMITED`.
pub async fn charge(ctx: &Ctx, policy: Policy, subject: &[u8]) -> Result<Option<Left>> {
    let Some(rate) = policy.rate(ctx) else { return Ok(None) };
    charge_rate(ctx, policy, rate, subject).await.map(Some)
}

/// Charges one use to a subject that may have a rate of its own, which goes before what the setting says.
pub async fn charge_own(
    ctx: &Ctx,
    policy: Policy,
    own: Option<settings::Rate>,
    subject: &[u8],
) -> Result<Option<Left>> {
    match own {
        Some(own) => charge_rate(ctx, policy, counted(own), subject).await.map(Some),
        None => charge(ctx, policy, subject).await,
    }
}

async fn charge_rate(ctx: &Ctx, policy: Policy, rate: Rate, subject: &[u8]) -> Result<Left> {
    let charge = ctx.counters.charge(&key(ctx, policy, subject), rate, ctx.now()).await?;
    let left = left(policy.name, rate, &charge);
    note(left);
    if charge.allowed { Ok(left) } else { Err(refusal(left)) }
}

/// Charges one use of which the answer tells nothing, and says whether it was within the limit.
pub async fn charge_silently(ctx: &Ctx, policy: Policy, subject: &[u8]) -> Result<bool> {
    let Some(rate) = policy.rate(ctx) else { return Ok(true) };
    Ok(ctx.counters.charge(&key(ctx, policy, subject), rate, ctx.now()).await?.allowed)
}

/// The same at another rate than the setting's own.
pub async fn charge_silently_at(ctx: &Ctx, policy: Policy, rate: settings::Rate, subject: &[u8]) -> Result<bool> {
    Ok(ctx.counters.charge(&key(ctx, policy, subject), counted(rate), ctx.now()).await?.allowed)
}

/// Whether one more use would be within the limit; charges none.
pub async fn spares(ctx: &Ctx, policy: Policy, subject: &[u8]) -> Result<bool> {
    let Some(rate) = policy.rate(ctx) else { return Ok(true) };
    Ok(ctx.counters.spares(&key(ctx, policy, subject), rate, ctx.now()).await?)
}

/// Gives one use back: it turned out not to count.
pub async fn refund(ctx: &Ctx, policy: Policy, subject: &[u8]) -> Result<()> {
    if policy.rate(ctx).is_some() {
        ctx.counters.refund(&key(ctx, policy, subject)).await?;
        let _ = CHARGED.try_with(|told| {
            let back = told.get().filter(|left| left.name == policy.name);
            told.set(back.map_or(told.get(), |left| Some(Left { remaining: left.remaining + 1, ..left })));
        });
    }
    Ok(())
}

/// Charges one use to the caller's network.
pub async fn charge_network(ctx: &Ctx, policy: Policy, client: &Client) -> Result<Option<Left>> {
    charge(ctx, policy, &client.network()).await
}

fn left(name: &'static str, rate: Rate, charge: &Charge) -> Left {
    Left { name, rate, remaining: charge.remaining, reset: Span(charge.reset_micros.max(0)) }
}

fn refusal(left: Left) -> Error {
    let wait = left.reset.max(Span::seconds(1));
    Error::new(Code::RateLimited, "Too many requests. Wait and try again.").retry_after(wait).limited(left)
}

impl Left {
    /// Writes `RateLimit-Policy` and `RateLimit`.
    pub fn write(&self, headers: &mut HeaderMap) {
        let window = Span(self.rate.window_micros).as_seconds_up();
        let policy = format!("\"{}\";q={};w={window}", self.name, self.rate.count);
        let state = format!("\"{}\";r={};t={}", self.name, self.remaining, self.reset.as_seconds_up());
        for (name, text) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::TestApp;

    /// Nobody who reads the table can try network addresses or e-mail addresses against its keys.
    #[tokio::test]
    async fn keys_of_counters_cannot_be_computed_without_the_master_key() {
        let app = TestApp::new().await;
        let other = TestApp::with(|settings| {
            settings.master_key = vec![guardhouse_core::secret::SecretText::new("5a01".repeat(16).as_str())];
        })
        .await;
        let policy = crate::kernel::limits::LOGIN;
        assert_ne!(key(app.ctx(), policy, b"a@example.com"), key(other.ctx(), policy, b"a@example.com"));
    }
}

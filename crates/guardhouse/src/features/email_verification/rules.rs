//! Taking up what a letter asked for.

use guardhouse_core::{email::EmailAddress, ids::AccountId, password::Password};
use guardhouse_store::Unit;

use crate::{
    features::{password, profile},
    kernel::{
        accounts,
        audit::{Event, Outcome},
        codes::{self, Found, Purpose},
        ctx::Ctx,
        errors::Result,
        http::client::Client,
        limits::{
            self,
            attempts::{self, Reserved, Target},
        },
    },
};

/// What letters of this kind permit.
const ACCEPTED: [Purpose; 3] = [password::VERIFY_EMAIL, password::REGISTER, profile::CHANGE_EMAIL];

/// What somebody shows of a letter.
pub enum Shown {
    /// The token of its link.
    Link(zeroize::Zeroizing<String>),
    /// The digits, and the address they were sent to.
    Typed(EmailAddress, zeroize::Zeroizing<String>),
}

/// Does what the letter asked for. `password` is for a registration that waits (rulings 25).
pub async fn verify(ctx: &Ctx, shown: &Shown, password: Option<Password>, client: &Client) -> Result<()> {
    let found = match shown {
        Shown::Link(token) => codes::by_link(ctx, token, &ACCEPTED).await?,
        Shown::Typed(email, digits) => typed(ctx, email, digits, client).await?,
    };
    match found.purpose {
        password::REGISTER => password::confirm(ctx, &found, password, client).await,
        profile::CHANGE_EMAIL => profile::confirm_email(ctx, &found, client).await,
        _ => verify_address(ctx, &found, client).await,
    }
}

/// Whether the link is good, and for what; nothing is used up.
pub async fn purpose(ctx: &Ctx, token: &str) -> Result<Purpose> {
    Ok(codes::by_link(ctx, token, &ACCEPTED).await?.purpose)
}

/// Six digits can be guessed, so attempts count against the address whatever was sent to it (rulings 22): asking for
/// new letters gives no new tries. The network's are limited as failed logins are.
async fn typed(ctx: &Ctx, email: &EmailAddress, digits: &str, client: &Client) -> Result<Found> {
    let target = Target::new(ctx, "email_code", &[email.key().as_bytes()]);
    let now = ctx.now();
    let tries = |unit: Unit| codes::try_digits(unit, email, &ACCEPTED, now);
    let (reserved, steps) = limits::reserve_and(ctx, target, client, tries).await?;
    let rows = steps.get(1..).unwrap_or_default();
    let Some(found) = codes::by_digits(ctx, rows, digits, &ACCEPTED)? else {
        failed(ctx, client, codes::tried(rows), &reserved).await?;
        return Err(codes::invalid());
    };
    attempts::release(ctx, &reserved).await?;
    limits::refund(ctx, client).await?;
    Ok(found)
}

/// A wrong code, and the lock where it was the last that was allowed (M-34).
async fn failed(ctx: &Ctx, client: &Client, known: Option<AccountId>, reserved: &Reserved) -> Result<()> {
    let event = |action, outcome| {
        let event = Event::new(action, outcome).client(client).detail("failures", reserved.failures);
        known.into_iter().fold(event, Event::subject)
    };
    let unit = ctx.audit.step(ctx, Unit::new(), event("email_verification.code", Outcome::Failure));
    let unit = if reserved.last {
        ctx.audit.step(ctx, unit, event("email_verification.locked", Outcome::Denied))
    } else {
        unit
    };
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

/// The address counts as verified if it is still the one that the letter went to (`A12`).
async fn verify_address(ctx: &Ctx, found: &Found, client: &Client) -> Result<()> {
    let id = found.account.ok_or_else(codes::invalid)?;
    let unit = codes::consume(Unit::new(), found, ctx.now());
    let event = Event::new("email_verification.verified", Outcome::Success).subject(id).client(client);
    let act = accounts::verify_this_email(ctx, unit, id, &found.email)
        .and(|unit| codes::forget(unit, id, password::VERIFY_EMAIL))
        .audited(ctx, event);
    act.run(ctx).await?.map(drop).ok_or_else(codes::invalid)
}

//! Checking an answer: counted first, then looked at, then written with the login that it lets in.

use guardhouse_core::ids::SessionId;
use guardhouse_store::Unit;
use serde_json::Value;

use super::{
    super::{Arrival, Verified, assurance},
    ticket::{self, Ticket},
};
use crate::kernel::{
    accounts::Account,
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Code, Error, Result},
    factors::{Proof, SecondFactor, Shown},
    http::client::Client,
    limits::{
        self,
        attempts::{Reserved, Target},
    },
    login::device,
};

/// An answer to a second factor, as it was sent.
pub struct Answer<'a> {
    /// Which kind.
    pub method: &'a str,
    /// A code.
    pub code: Option<&'a str>,
    /// What a browser made of the options.
    pub credential: Option<&'a Value>,
}

fn wrong() -> Error {
    Error::new(Code::InvalidMfaCode, "The second factor is wrong, or was used already.")
}

/// Of a login.
pub(super) async fn login(
    ctx: &Ctx,
    account: Account,
    factor: &SecondFactor,
    ticket: &Ticket,
    shown: Answer<'_>,
    arrival: &Arrival,
) -> Result<Verified> {
    let known = arrival.device.as_deref().and_then(|mark| device::known(ctx, mark, &account));
    let target = match known {
        Some(mark) => Target::new(ctx, "mfa_device", &[&account.id.bytes(), &mark.id]),
        None => Target::new(ctx, "mfa", &[&account.id.bytes()]),
    };
    let (proof, reserved) = checked(ctx, &account, factor, Some(ticket), shown, (target, &arrival.client)).await?;
    let first: Vec<_> = ticket.waiting.amr.iter().filter_map(|word| assurance::known(word)).collect();
    let unit = ticket::consume(Unit::new(), ticket.id, ctx.now()).then(proof.unit);
    let amr = assurance::two(first, &proof.amr);
    Ok(Verified { account, amr, action: "mfa.login", proof: unit, refused: wrong, reserved: Some(reserved) })
}

/// Of somebody who is signed in.
pub(super) async fn again(
    ctx: &Ctx,
    account: Account,
    factor: &SecondFactor,
    ticket: Option<&Ticket>,
    shown: Answer<'_>,
    (session, client): (SessionId, &Client),
) -> Result<Verified> {
    let target = Target::new(ctx, "mfa_session", &[&session.bytes()]);
    let (proof, reserved) = checked(ctx, &account, factor, ticket, shown, (target, client)).await?;
    let unit = match ticket {
        Some(ticket) => ticket::consume(Unit::new(), ticket.id, ctx.now()),
        None => Unit::new(),
    };
    let (unit, amr) = (unit.then(proof.unit), proof.amr);
    Ok(Verified { account, amr, action: "mfa.step_up", proof: unit, refused: wrong, reserved: Some(reserved) })
}

async fn checked(
    ctx: &Ctx,
    account: &Account,
    factor: &SecondFactor,
    ticket: Option<&Ticket>,
    shown: Answer<'_>,
    (target, client): (Target, &Client),
) -> Result<(Proof, Reserved)> {
    let counted = |unit: Unit| ticket.into_iter().fold(unit, |unit, ticket| ticket::attempt(ctx, unit, ticket.id));
    let (reserved, steps) = limits::reserve_and(ctx, target, client, counted).await?;
    if ticket.is_some() && steps.affected(1) == 0 {
        return Err(ticket::over());
    }
    let state = ticket.and_then(|ticket| ticket.challenged.as_ref());
    let state = state.filter(|(method, _)| method == factor.method).map(|(_, state)| state.as_slice());
    let shown = Shown { code: shown.code, credential: shown.credential, state };
    let Some(proof) = (factor.verify)(ctx, account, shown).await? else {
        failed(ctx, account, factor, client, &reserved).await?;
        return Err(wrong());
    };
    limits::refund(ctx, client).await?;
    Ok((proof, reserved))
}

/// A right first factor with a wrong second one is worth more attention than a wrong password (ASVS 6.3.5).
async fn failed(
    ctx: &Ctx,
    account: &Account,
    factor: &SecondFactor,
    client: &Client,
    reserved: &Reserved,
) -> Result<()> {
    ctx.meters.login(false);
    let event = |action, outcome| {
        let event = Event::new(action, outcome).subject(account.id).client(client);
        event.detail("method", factor.method).detail("failures", reserved.failures)
    };
    let unit = ctx.audit.step(ctx, Unit::new(), event("mfa.login", Outcome::Failure));
    let unit = if reserved.last { ctx.audit.step(ctx, unit, event("mfa.locked", Outcome::Denied)) } else { unit };
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

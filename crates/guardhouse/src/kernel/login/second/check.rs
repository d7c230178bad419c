//! Checking an answer: counted first, then looked at, then written with the login that it lets in.

use guardhouse_core::ids::SessionId;
use guardhouse_store::Unit;
use serde_json::Value;

use super::{
    super::{Verified, assurance},
    ticket::{self, Ticket},
};
use crate::kernel::{
    accounts::Account,
    alerts::{self, Alert},
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Code, Error, Result},
    factors::{SecondFactor, Shown},
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

/// An answer with what it answers.
pub(super) struct Answered<'a> {
    /// Whose factor.
    pub(super) account: &'a Account,
    /// Of which kind.
    pub(super) factor: &'a SecondFactor,
    /// What waits for it, where something does.
    pub(super) ticket: Option<&'a Ticket>,
    /// The answer.
    pub(super) shown: Answer<'a>,
    /// From where.
    pub(super) client: &'a Client,
}

/// Of a login. A browser that signed in before has a counter of its own, so that no stranger who knows the password locks
/// its owner out.
pub(super) async fn login(ctx: &Ctx, answered: Answered<'_>, mark: Option<&str>) -> Result<Verified> {
    let account = answered.account;
    let known = mark.and_then(|mark| device::known(ctx, mark, account));
    let target = match known {
        Some(mark) => Target::new(ctx, "mfa_device", &[&account.id.bytes(), &mark.id]),
        None => Target::new(ctx, "mfa", &[&account.id.bytes()]),
    };
    let mut verified = checked(ctx, &answered, target, "mfa.login").await?;
    let first = answered.ticket.iter().flat_map(|ticket| &ticket.waiting.amr);
    verified.amr = assurance::two(first.filter_map(|word| assurance::known(word)).collect(), &verified.amr);
    Ok(verified)
}

/// Of somebody who is signed in.
pub(super) async fn again(ctx: &Ctx, answered: Answered<'_>, session: SessionId) -> Result<Verified> {
    checked(ctx, &answered, Target::new(ctx, "mfa_session", &[&session.bytes()]), "mfa.step_up").await
}

async fn checked(ctx: &Ctx, answered: &Answered<'_>, target: Target, action: &'static str) -> Result<Verified> {
    let Answered { account, factor, ticket, shown, client } = answered;
    let counted = |unit: Unit| ticket.iter().fold(unit, |unit, ticket| ticket::attempt(ctx, unit, ticket.id));
    let (reserved, steps) = limits::reserve_and(ctx, target, client, counted).await?;
    if ticket.is_some() && steps.affected(1) == 0 {
        return Err(ticket::over());
    }
    let state = ticket.and_then(|ticket| ticket.challenged.as_ref());
    let state = state.filter(|(method, _)| method == factor.method).map(|(_, state)| state.as_slice());
    let shown = Shown { code: shown.code, credential: shown.credential, state };
    let Some(proof) = (factor.verify)(ctx, account, shown).await? else {
        failed(ctx, answered, action, &reserved).await?;
        return Err(wrong());
    };
    limits::refund(ctx, client).await?;
    let used = ticket.iter().fold(Unit::new(), |unit, ticket| ticket::consume(unit, ticket.id, ctx.now()));
    Ok(Verified {
        account: (*account).clone(),
        amr: proof.amr,
        action,
        proof: used.then(proof.unit),
        refused: wrong,
        reserved: Some(reserved),
    })
}

/// A right first factor with a wrong second one is worth more attention than a wrong password (ASVS 6.3.5).
async fn failed(ctx: &Ctx, answered: &Answered<'_>, action: &'static str, reserved: &Reserved) -> Result<()> {
    ctx.meters.login(false);
    let event = |action, outcome| {
        let event = Event::new(action, outcome).subject(answered.account.id).client(answered.client);
        event.detail("method", answered.factor.method).detail("failures", reserved.failures)
    };
    let unit = ctx.audit.step(ctx, Unit::new(), event(action, Outcome::Failure));
    let locked = || event("mfa.locked", Outcome::Denied);
    let is_login = answered.ticket.is_some_and(|ticket| ticket.session.is_none());
    let unit = match (reserved.last, is_login) {
        (false, _) => unit,
        (true, true) => alerts::raise(ctx, Alert::HalfDone, locked(), unit)?,
        // They are signed in already, and half-way to nothing.
        (true, false) => ctx.audit.step(ctx, unit, locked()),
    };
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

//! The second factor at the door (M-09, `A3`, `A4`, `A6`-`A8`).
//!
//! A login whose account has a second factor ends with a ticket instead of a session: [`answer`] takes both to the door
//! again. A person who is signed in proves theirs with [`step_up`]. Answers are counted three times before they are looked
//! at: by the ticket, by the account and by the network.

mod check;
mod store;
mod ticket;
mod unanswered;

pub use check::Answer;
pub use store::{ALL as STATEMENTS, MIGRATION};
pub use unanswered::{JOB, WATCHED};

use check::Answered;
use guardhouse_core::{
    ids::SessionId,
    principal::{Assurance, Principal},
};
use guardhouse_store::{BATCH, Outcome, Unit, params};
use serde_json::{Value, json};
use ticket::{Issued, Ticket, Waiting};

use super::{Arrival, Entered, Verified, again, device, disabled, enter, refusal};
use crate::kernel::{
    accounts::{self, Account},
    audit::{self, Event},
    ctx::Ctx,
    errors::{Code, Error, Result},
    factors::{self, SecondFactor},
    http::client::Client,
    jobs::Sweep,
    limits::attempts,
    principal,
};

/// Whether a login must wait for a second factor. A device that its owner asked to remember is let off, unless somebody
/// requires one: the server, a role, or the tenant to sign in to.
pub(super) async fn is_due(ctx: &Ctx, verified: &Verified, arrival: &Arrival) -> Result<bool> {
    let account = &verified.account;
    if !factors::due(account, &verified.amr) {
        return Ok(false);
    }
    let mark = arrival.device.as_deref().and_then(|mark| device::known(ctx, mark, account));
    if mark.is_none_or(|mark| mark.trusted_until <= ctx.now()) || factors::is_required(ctx, account) {
        return Ok(true);
    }
    let Some(named) = &arrival.tenant else { return Ok(false) };
    let assurance = Assurance { amr: verified.amr.iter().map(ToString::to_string).collect(), auth_time: ctx.now() };
    let entry = super::tenant::enter(ctx, account, named, &assurance).await;
    Ok(entry.is_err_and(|error| error.code() == Code::StepUpRequired))
}

/// Has the login wait: what the caller is told instead of a session. The first factor was right, so its attempt is given
/// back.
pub(super) async fn ask(ctx: &Ctx, verified: Verified, arrival: &Arrival) -> Result<Error> {
    let Verified { account, amr, action, proof, refused, reserved } = verified;
    let methods: Vec<_> = factors::methods(ctx, &account).await?.iter().map(|factor| factor.method).collect();
    let unit = reserved.iter().fold(proof, attempts::give_back);
    let (unit, Issued { id, token, life }) = ticket::issue(ctx, unit, &account, None, &Waiting::new(&amr, arrival))?;
    let known = arrival.is_known_to(ctx, &account);
    let unit = if known { unit } else { unanswered::wait(ctx, unit, &account, id, ctx.now() + life).await? };
    let event = Event::new("mfa.asked", audit::Outcome::Success)
        .subject(account.id)
        .client(&arrival.client)
        .detail("first", action);
    if let Outcome::Refused { .. } = ctx.db.run(ctx.audit.step(ctx, unit, event)).await? {
        return Ok(refused());
    }
    Ok(Error::new(Code::MfaRequired, "A second factor is needed: POST /api/auth/mfa/verify.")
        .with("mfa_token", token)
        .with("methods", methods)
        .with("expires_in", life.as_seconds_up()))
}

/// Refuses what no second factor can be shown with, such as a password sent with each request.
pub(super) fn refuse_where_asked(ctx: &Ctx, verified: &Verified) -> Result<()> {
    let account = &verified.account;
    if factors::due(account, &verified.amr) || factors::is_required(ctx, account) {
        let text = "This account has a second factor, which cannot be shown here. Use an API key.";
        return Err(Error::new(Code::MfaRequired, text));
    }
    Ok(())
}

/// Prepares what an answer needs: options for a browser, a letter with a code.
pub async fn challenge(ctx: &Ctx, token: &str, method: &str, client: &Client) -> Result<Value> {
    let ticket = ticket::find(ctx, token).await?;
    let account = waiting_account(ctx, &ticket).await?;
    let factor = enrolled(ctx, &account, method).await?;
    prepare(ctx, &account, factor, client, |unit, state| Ok(ticket::challenge(ctx, unit, ticket.id, method, state)))
        .await
}

/// The same for somebody who is signed in and proves more; the answer carries the ticket to bring along.
pub async fn challenge_again(ctx: &Ctx, principal: &Principal, method: &str, client: &Client) -> Result<Value> {
    principal::in_person(principal)?;
    let session = principal::session(principal)?;
    let account = accounts::existing(ctx, principal.subject).await?;
    let factor = enrolled(ctx, &account, method).await?;
    let mut token = String::new();
    let mut told = prepare(ctx, &account, factor, client, |unit, state| {
        let (unit, issued) = ticket::issue(ctx, unit, &account, Some(session), &Waiting::default())?;
        let unit = ticket::challenge(ctx, unit, issued.id, method, state);
        token = issued.token;
        Ok(unit)
    })
    .await?;
    if !token.is_empty() {
        told["mfa_token"] = json!(token);
    }
    Ok(told)
}

async fn prepare(
    ctx: &Ctx,
    account: &Account,
    factor: &SecondFactor,
    client: &Client,
    keep: impl FnOnce(Unit, &[u8]) -> Result<Unit>,
) -> Result<Value> {
    let Some(challenge) = factor.challenge else { return Ok(json!({"method": factor.method})) };
    let prepared = challenge(ctx, account, client).await?;
    let unit = keep(prepared.unit, &prepared.state)?;
    match ctx.db.run(unit).await? {
        Outcome::Done(_) => Ok(prepared.answer),
        Outcome::Refused { .. } => Err(ticket::over()),
    }
}

/// Takes the second proof of a login to the door.
pub async fn answer(ctx: &Ctx, token: &str, shown: Answer<'_>, remember: bool, now: Arrival) -> Result<Entered> {
    let ticket = ticket::find(ctx, token).await?;
    let account = waiting_account(ctx, &ticket).await?;
    let factor = enrolled(ctx, &account, shown.method).await?;
    let answered = Answered { account: &account, factor, ticket: Some(&ticket), shown, client: &now.client };
    let verified = check::login(ctx, answered, now.device.as_deref()).await?;
    let mark = now.device.clone();
    let entered = enter(ctx, verified, ticket.waiting.arrival(now)).await?;
    let remembered = ctx.settings.mfa.remember_device;
    if !remember || remembered.0 == 0 {
        return Ok(entered);
    }
    Ok(entered.known_device(device::trusted(ctx, mark.as_deref(), &account, ctx.now() + remembered)))
}

/// Proves a second factor for the session that one has.
pub async fn step_up(
    ctx: &Ctx,
    principal: &Principal,
    token: Option<&str>,
    shown: Answer<'_>,
    client: &Client,
) -> Result<Entered> {
    principal::in_person(principal)?;
    let session = principal::session(principal)?;
    let account = accounts::existing(ctx, principal.subject).await?;
    let factor = enrolled(ctx, &account, shown.method).await?;
    let ticket = match token {
        Some(token) => Some(own(ticket::find(ctx, token).await?, session)?),
        None => None,
    };
    let answered = Answered { account: &account, factor, ticket: ticket.as_ref(), shown, client };
    let verified = check::again(ctx, answered, session).await?;
    again::prove_again(ctx, verified, principal, client).await
}

/// A ticket of another session, or of a login, proves nothing here.
fn own(ticket: Ticket, session: SessionId) -> Result<Ticket> {
    if ticket.session == Some(session) { Ok(ticket) } else { Err(ticket::over()) }
}

/// Whose login waits, as long as they may sign in.
async fn waiting_account(ctx: &Ctx, ticket: &Ticket) -> Result<Account> {
    if ticket.session.is_some() {
        return Err(ticket::over());
    }
    let account = accounts::by_id(ctx, ticket.account).await?.ok_or_else(disabled)?;
    refusal(ctx, &account).map_or(Ok(account), Err)
}

/// The kind, where the account has it.
async fn enrolled(ctx: &Ctx, account: &Account, method: &str) -> Result<&'static SecondFactor> {
    let factor = factors::method(ctx, method)?;
    let methods = factors::methods(ctx, account).await?;
    if methods.iter().any(|one| one.method == factor.method) {
        return Ok(factor);
    }
    Err(Error::new(Code::InvalidMfaCode, "This account has no second factor of this kind."))
}

/// Removes tickets that are over.
pub const SWEEP: Sweep = Sweep { name: "mfa_tickets.sweep", run: |ctx| Box::pin(sweep(ctx)) };

async fn sweep(ctx: &Ctx) -> Result<()> {
    ctx.db.execute_in_batches(&store::SWEEP, params![ctx.now() - super::KEPT], BATCH).await?;
    Ok(())
}

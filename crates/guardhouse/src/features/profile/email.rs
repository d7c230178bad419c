//! Changing one's e-mail address (`A12`).
//!
//! The new address is asked, the old one told. Whether the new one is taken is never said: its owner gets a letter, and
//! the caller the same answer, at once, because only a job looks.

use guardhouse_core::{
    email::EmailAddress,
    ids::{AccountId, SessionId},
};
use guardhouse_store::{Outcome as UnitOutcome, StoreError, Unit, jobs::Job};
use serde::{Deserialize, Serialize};

use super::letters::{EMAIL_CHANGE_CONFIRM, EMAIL_CHANGED_OLD};
use crate::{
    features::password,
    kernel::{
        accounts::{self, Account},
        audit::{Event, Outcome, Who},
        codes::{self, Found, NewCode},
        ctx::Ctx,
        errors::{Error, Result},
        http::client::Client,
        jobs::JobKind,
        limits::network::{self, Policy},
        login::Proved,
        mail::{self, Letter, context},
        principal,
        sessions::{self, EndReason},
    },
};

/// Changes that one person asks for.
pub(super) const EMAIL_CHANGE: Policy =
    Policy { name: "email_change", setting: "limits.password_forgot", of: |settings| &settings.limits.password_forgot };

const CHANGE: &str = "profile.email_change";

pub(super) fn jobs() -> Vec<JobKind> {
    vec![JobKind::Queued { kind: CHANGE, run: |ctx, job| Box::pin(send(ctx, job)) }]
}

/// Who wants which address.
#[derive(Serialize, Deserialize)]
struct Wanted {
    account: [u8; 16],
    session: [u8; 16],
    email: String,
}

/// What the code to the new address stands for.
#[derive(Serialize, Deserialize)]
struct Change {
    /// Key of the address until now: where it was changed otherwise meanwhile, this is void.
    from: String,
    /// The session that asked, the only one that stays.
    session: [u8; 16],
}

/// Somebody who proved who they are wants another address.
pub async fn ask(ctx: &Ctx, person: &Proved, email: &EmailAddress, client: &Client) -> Result<()> {
    let session = principal::session(person)?;
    network::charge(ctx, EMAIL_CHANGE, &person.subject.bytes()).await?;
    // Whoever asks, and by whichever route: an address gets no more letters than it has room for.
    let spare = mail::spare(ctx, email).await?;
    let event = Event::new("profile.email_change_requested", mail::noted(spare))
        .subject(person.subject)
        .by(&Who::of(person, client))
        .email(email.as_str());
    if !spare {
        return ctx.audit.record(ctx, event).await;
    }
    let wanted = Wanted { account: person.subject.bytes(), session: session.bytes(), email: email.as_str().to_owned() };
    mail::leave(ctx, CHANGE, &serde_json::to_vec(&wanted).map_err(Error::internal)?, event).await
}

async fn send(ctx: &Ctx, job: &Job) -> Result<()> {
    let wanted: Wanted = serde_json::from_slice(&mail::left(ctx, job)?).map_err(Error::internal)?;
    let email = EmailAddress::parse(&wanted.email).map_err(Error::internal)?;
    // Logged out, or thrown out by a new password: then it was not meant, or not by the owner.
    let Some(session) = sessions::live(ctx, SessionId::from_bytes(wanted.session)).await? else { return Ok(()) };
    let Some(account) = accounts::by_id(ctx, AccountId::from_bytes(wanted.account)).await? else { return Ok(()) };
    let unit = match accounts::by_email(ctx, &email).await? {
        Some(owner) if owner.id != account.id => tell_owner(ctx, &owner)?,
        Some(same) if same.email.as_str() == email.as_str() && same.email_verified() => return Ok(()),
        _ => ask_address(ctx, &account, session.id, &email)?,
    };
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

fn tell_owner(ctx: &Ctx, owner: &Account) -> Result<Unit> {
    ctx.mail.enqueue(ctx, Unit::new(), &password::address_taken(owner.email.clone(), &ctx.links))
}

fn ask_address(ctx: &Ctx, account: &Account, session: SessionId, email: &EmailAddress) -> Result<Unit> {
    let change = Change { from: account.email.key().to_owned(), session: session.bytes() };
    let payload = serde_json::to_vec(&change).map_err(Error::internal)?;
    let life = password::VERIFY_LIFE;
    let new = NewCode { purpose: super::CHANGE_EMAIL, account: Some(account.id), email, life, payload: Some(&payload) };
    codes::send(ctx, Unit::new(), &new, &EMAIL_CHANGE_CONFIRM)
}

/// The new address answered: it is the account's from now on, where the session that asked for it still lives. All
/// others end, links to the old address are worth nothing (`A12`, `A22`).
pub async fn confirm(ctx: &Ctx, found: &Found, client: &Client) -> Result<()> {
    let id = found.account.ok_or_else(codes::invalid)?;
    let payload = found.payload.as_deref().ok_or_else(codes::invalid)?;
    let change: Change = serde_json::from_slice(payload).map_err(Error::internal)?;
    let account = accounts::by_id(ctx, id).await?.ok_or_else(codes::invalid)?;
    if accounts::by_email(ctx, &found.email).await?.is_some_and(|owner| owner.id != id) {
        return Err(accounts::taken());
    }
    let now = ctx.now();
    let spare = SessionId::from_bytes(change.session);
    // Whoever is thrown out takes nothing along: neither a session that was ended nor a disabled account gets here.
    let unit = accounts::still_enabled(codes::consume(Unit::new(), found, now), id);
    let unit = sessions::still_lives(unit, spare, id, now);
    let event = Event::new("profile.email_changed", Outcome::Success).subject(id).client(client);
    let act = accounts::change_email(ctx, unit, id, &change.from, &found.email)
        .and(|unit| codes::forget_all(unit, id))
        .audited(ctx, event)
        .try_and(|unit| tell_old(ctx, unit, &account, client))?;
    match sessions::end_all(ctx, act, id, Some(spare), EndReason::Credential).run_or_refused(ctx).await {
        Ok(UnitOutcome::Done(_)) => Ok(()),
        Ok(UnitOutcome::Refused { .. }) => Err(codes::invalid()),
        // Two accounts took it at the same moment; which of them has it, the unique key decided.
        Err(StoreError::Conflict { .. }) => Err(accounts::taken()),
        Err(error) => Err(error.into()),
    }
}

/// The letter to the address that was (ASVS 6.3.7).
fn tell_old(ctx: &Ctx, unit: Unit, account: &Account, client: &Client) -> Result<Unit> {
    let context = context! { at => ctx.now().to_string(), ip => client.ip.to_string() };
    ctx.mail.enqueue(ctx, unit, &Letter::new(account.email.clone(), &EMAIL_CHANGED_OLD, context))
}

//! Registration (M-11, rulings 25).
//!
//! Where a verified address is required before login, nothing goes live until the address answers: each attempt is a
//! row of its own, and taking it up asks for a password, so one that a stranger typed is never anybody's (`A13`).
//! Everyone gets the same 202, and the owner of a taken address a letter.

use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::AccountId,
    password::Password,
    time::Span,
};
use guardhouse_store::{Outcome as UnitOutcome, Unit, jobs::Job};
use serde::{Deserialize, Serialize};

use super::{
    letters::{self, address_taken},
    rules::{self, Chosen},
};
use crate::kernel::{
    accounts::{self, Account, NewAccount},
    audit::{Event, Outcome},
    codes::{self, Found, NewCode},
    ctx::Ctx,
    errors::{Code, Detail, Error, Result},
    http::client::Client,
    jobs::JobKind,
    limits::network::Policy,
    login::{self, Arrival, Entered, Verified},
    mail,
    settings::VerifyEmail,
};

/// Registrations of one network, charged at the door.
pub(super) const REGISTERED: Policy =
    Policy { name: "register", setting: "limits.register", of: |settings| &settings.limits.register };

/// How long a link to verify an address lives.
pub const VERIFY_LIFE: Span = Span::days(1);

/// What somebody registers with.
pub struct Registration {
    /// The address.
    pub email: EmailAddress,
    /// The password.
    pub password: Password,
    /// The name.
    pub name: DisplayName,
}

/// What came of it.
pub enum Registered {
    /// Signed in.
    In(Box<Entered>),
    /// A letter is on its way, or not: nobody learns which.
    Waiting,
}

/// Registers.
pub async fn register(ctx: &Ctx, new: Registration, arrival: Arrival) -> Result<Registered> {
    let settings = &ctx.settings.registration;
    if !settings.open {
        return Err(Error::new(Code::RegistrationClosed, "Nobody may register here."));
    }
    let verify = settings.verify_email;
    let context = [new.email.as_str(), new.name.as_str()];
    // Hashed before the address is looked up: a taken one takes as long.
    let chosen = rules::choose(ctx, "password", new.password, &context).await?;
    let account =
        NewAccount { id: AccountId::new(ctx.now()), email: new.email, name: new.name, verified: false, roles: vec![] };
    if verify == VerifyEmail::Required {
        wait(ctx, &account.email, &account.name, &chosen, &arrival).await?;
        return Ok(Registered::Waiting);
    }
    let unit = rules::set(accounts::create(Unit::new(), &account, ctx.now()), account.id, &chosen, ctx.now());
    let asks = verify == VerifyEmail::Optional && mail::spare(ctx, &account.email).await?;
    let unit = if asks { send_verification(ctx, unit, &verification(account.id, &account.email))? } else { unit };
    let entered = enter(ctx, unit, &account, arrival).await;
    if asks && entered.is_err() {
        mail::refund(ctx, &account.email).await?;
    }
    Ok(Registered::In(Box::new(entered?)))
}

/// Makes the account of `unit` and signs it in, in one commit.
async fn enter(ctx: &Ctx, unit: Unit, new: &NewAccount, arrival: Arrival) -> Result<Entered> {
    let account = Account {
        id: new.id,
        email: new.email.clone(),
        email_verified_at: None,
        name: new.name.as_str().to_owned(),
        created_at: ctx.now(),
        last_login_at: None,
        disabled_at: None,
        second_factor: false,
        device_epoch: 0,
        authority: accounts::authority(ctx, vec![]).into(),
        held: accounts::Held::default(),
        is_person: true,
        tenant: None,
        shown: accounts::Shown::default(),
    };
    let verified = Verified {
        account,
        amr: vec!["pwd"],
        action: "password.register",
        proof: unit,
        refused: accounts::taken,
        reserved: None,
    };
    Ok(login::enter(ctx, verified, arrival).await?.created())
}

/// The code that verifies an account's address.
pub fn verification(account: AccountId, email: &EmailAddress) -> NewCode<'_> {
    NewCode { purpose: super::VERIFY_EMAIL, account: Some(account), email, life: VERIFY_LIFE, payload: None }
}

/// Adds a code and the letter that carries it to a unit.
pub fn send_verification(ctx: &Ctx, unit: Unit, code: &NewCode<'_>) -> Result<Unit> {
    codes::send(ctx, unit, code, &letters::VERIFY_EMAIL)
}

/// What waits for an address to be verified.
#[derive(Serialize, Deserialize)]
struct Pending {
    name: String,
    hash: String,
}

/// What somebody registered with, on its way to the job that looks whether the address is taken.
#[derive(Serialize, Deserialize)]
struct Wanted {
    email: String,
    pending: Pending,
}

const REGISTER: &str = "password.register";

pub(super) fn jobs() -> Vec<JobKind> {
    vec![JobKind::Queued { kind: REGISTER, run: |ctx, job| Box::pin(send(ctx, job)) }]
}

/// Only leaves a sealed job: a taken address costs the request what a free one does (`A17`).
async fn wait(ctx: &Ctx, email: &EmailAddress, name: &DisplayName, chosen: &Chosen, arrival: &Arrival) -> Result<()> {
    let spare = mail::spare(ctx, email).await?;
    // Without the address: nothing would erase it here when its owner's account is deleted.
    let event = Event::new("password.register_requested", mail::noted(spare)).client(&arrival.client);
    if !spare {
        return ctx.audit.record(ctx, event).await;
    }
    let pending = Pending { name: name.as_str().to_owned(), hash: chosen.hash().to_owned() };
    let wanted = Wanted { email: email.as_str().to_owned(), pending };
    mail::leave(ctx, REGISTER, &serde_json::to_vec(&wanted).map_err(Error::internal)?, event).await
}

async fn send(ctx: &Ctx, job: &Job) -> Result<()> {
    let wanted: Wanted = serde_json::from_slice(&mail::left(ctx, job)?).map_err(Error::internal)?;
    let email = EmailAddress::parse(&wanted.email).map_err(Error::internal)?;
    let unit = if accounts::by_email(ctx, &email).await?.is_some() {
        ctx.mail.enqueue(ctx, Unit::new(), &address_taken(email, &ctx.links))?
    } else {
        let payload = serde_json::to_vec(&wanted.pending).map_err(Error::internal)?;
        let (purpose, payload) = (super::REGISTER, Some(payload.as_slice()));
        let code = NewCode { purpose, account: None, email: &email, life: VERIFY_LIFE, payload };
        send_verification(ctx, Unit::new(), &code)?
    };
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

/// Takes a registration up with the code that its address was sent: `password` is the one typed then, or a new one.
pub async fn confirm(ctx: &Ctx, found: &Found, password: Option<Password>, client: &Client) -> Result<()> {
    let payload = found.payload.as_deref().ok_or_else(codes::invalid)?;
    let pending: Pending = serde_json::from_slice(payload).map_err(Error::internal)?;
    let Some(password) = password else {
        let message = "Send the password that this registration was made with, or a new one.";
        return Err(Error::validation(vec![Detail::new("password", "REQUIRED", message)]));
    };
    let name = DisplayName::parse(&pending.name).map_err(Error::internal)?;
    let chosen = rules::choose(ctx, "password", password, &[found.email.as_str(), name.as_str()]).await?;
    let now = ctx.now();
    let account =
        NewAccount { id: AccountId::new(now), email: found.email.clone(), name, verified: true, roles: vec![] };
    // Nothing that waited for this address stays: no account would take it along when it is deleted.
    let unit = codes::forget_address(codes::consume(Unit::new(), found, now), &found.email, super::REGISTER);
    let unit = accounts::create(unit, &account, now);
    let unit = rules::set(unit, account.id, &chosen, now);
    let event = Event::new("password.register", Outcome::Success).client(client).subject(account.id);
    match ctx.db.run(ctx.audit.step(ctx, unit, event)).await? {
        UnitOutcome::Done(_) => Ok(()),
        UnitOutcome::Refused { step: 0 } => Err(codes::invalid()),
        UnitOutcome::Refused { .. } => Err(accounts::taken()),
    }
}

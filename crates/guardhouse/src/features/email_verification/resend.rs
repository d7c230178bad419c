//! Sending the letter once more. Asking is answered alike for every address (`A16`, `A17`): the job that it leaves looks
//! whether anything waits for that address.

use guardhouse_core::email::EmailAddress;
use guardhouse_store::{Unit, jobs::Job};

use crate::{
    features::password,
    kernel::{
        accounts::{self, Account},
        audit::{Event, Outcome},
        codes::{self, NewCode},
        ctx::Ctx,
        errors::Result,
        http::client::Client,
        jobs::JobKind,
        limits::network::Policy,
        mail::{self, AddressLimit, Asked},
    },
};

/// Letters asked for again by one network.
pub(super) const RESEND_NETWORK: Policy = Policy {
    name: "email_resend_network",
    setting: "limits.password_forgot_network",
    of: |settings| &settings.limits.password_forgot_network,
};

const RESEND: Asked = Asked {
    job: "email_verification.resend",
    action: "email_verification.resend",
    network: RESEND_NETWORK,
    address: AddressLimit::Silent,
};

pub(super) fn jobs() -> Vec<JobKind> {
    vec![JobKind::Queued { kind: RESEND.job, run: |ctx, job| Box::pin(send(ctx, job)) }]
}

/// Somebody asks for the letter again.
pub async fn resend(ctx: &Ctx, email: &EmailAddress, client: &Client) -> Result<()> {
    RESEND.ask(ctx, email, client).await
}

async fn send(ctx: &Ctx, job: &Job) -> Result<()> {
    let email = mail::left_address(ctx, job)?;
    match accounts::by_email(ctx, &email).await? {
        Some(account) if account.email_verified() => Ok(()),
        Some(account) => to_account(ctx, &account).await,
        None => to_waiting(ctx, &email).await,
    }
}

/// To the account's own address, whatever was typed (`A16`).
async fn to_account(ctx: &Ctx, account: &Account) -> Result<()> {
    let unit = password::send_verification(ctx, Unit::new(), &password::verification(account.id, &account.email))?;
    let event = Event::new("email_verification.sent", Outcome::Success).subject(account.id);
    let _ = ctx.db.run(ctx.audit.step(ctx, unit, event)).await?;
    Ok(())
}

/// A registration that waits gets a new letter in the place of the old one.
async fn to_waiting(ctx: &Ctx, email: &EmailAddress) -> Result<()> {
    let Some(found) = codes::waiting(ctx, email, password::REGISTER).await? else { return Ok(()) };
    let new = NewCode {
        purpose: password::REGISTER,
        account: None,
        email: &found.email,
        life: password::VERIFY_LIFE,
        payload: found.payload.as_deref(),
    };
    let unit = password::send_verification(ctx, codes::consume(Unit::new(), &found, ctx.now()), &new)?;
    // Taken up at this very moment: then no letter is wanted.
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

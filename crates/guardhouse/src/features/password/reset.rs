//! Forgetting and resetting a password (M-16, `A9`, `A17`).
//!
//! Asking is answered alike for every address: the job that it leaves looks whether there is an account.

use guardhouse_core::{email::EmailAddress, password::Password};
use guardhouse_store::{Unit, jobs::Job};

use super::{attempt, letters, rules, settings::PolicySettings};
use crate::kernel::{
    accounts::{self, Account},
    audit::{Event, Outcome},
    codes::{self, NewCode},
    ctx::Ctx,
    errors::Result,
    http::client::Client,
    jobs::JobKind,
    limits::network::Policy,
    login::device::{self, Mark},
    mail::{self, AddressLimit, Asked},
    sessions::{self, EndReason},
};

/// Letters about a forgotten password to one address.
pub(super) const PASSWORD_FORGOT: Policy = Policy {
    name: "password_forgot",
    setting: "limits.password_forgot",
    of: |settings| &settings.limits.password_forgot,
};

/// The same asked for by one network.
pub(super) const PASSWORD_FORGOT_NETWORK: Policy = Policy {
    name: "password_forgot_network",
    setting: "limits.password_forgot_network",
    of: |settings| &settings.limits.password_forgot_network,
};

const FORGOT: Asked = Asked {
    job: "password.forgot",
    action: "password.reset_requested",
    network: PASSWORD_FORGOT_NETWORK,
    address: AddressLimit::Told(PASSWORD_FORGOT),
};

pub(super) fn jobs() -> Vec<JobKind> {
    vec![
        JobKind::Queued { kind: FORGOT.job, run: |ctx, job| Box::pin(send(ctx, job)) },
        JobKind::EachProcess {
            name: "password.sample",
            every: guardhouse_core::time::Span::hours(1),
            run: |ctx| Box::pin(attempt::sample(ctx)),
        },
    ]
}

/// Somebody forgot a password.
pub async fn forgot(ctx: &Ctx, email: &EmailAddress, client: &Client) -> Result<()> {
    FORGOT.ask(ctx, email, client).await
}

async fn send(ctx: &Ctx, job: &Job) -> Result<()> {
    let Some(account) = accounts::by_email(ctx, &mail::left_address(ctx, job)?).await? else { return Ok(()) };
    let unit = start_reset(ctx, Unit::new(), &account)?;
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

/// Adds to a unit a link to set a password, sent to the account's own address whatever was typed (`A16`).
pub fn start_reset(ctx: &Ctx, unit: Unit, account: &Account) -> Result<Unit> {
    let email = &account.email;
    let life = ctx.settings.of::<PolicySettings>().reset_ttl;
    let new = NewCode { purpose: super::RESET_PASSWORD, account: Some(account.id), email, life, payload: None };
    codes::send(ctx, unit, &new, &letters::RESET_PASSWORD)
}

/// Sets a new password with the link that was mailed: ends all sessions and unlocks the account with all its devices,
/// of which only the one at hand is known from then on.
pub async fn reset(ctx: &Ctx, token: &str, password: Password, client: &Client) -> Result<Option<Mark>> {
    let found = codes::by_link(ctx, token, &[super::RESET_PASSWORD]).await?;
    let id = found.account.ok_or_else(codes::invalid)?;
    let account = accounts::by_id(ctx, id).await?.ok_or_else(codes::invalid)?;
    // An address that changed since is no proof any more (`A12`).
    if account.email != found.email {
        return Err(codes::invalid());
    }
    let chosen = rules::choose(ctx, "password", password, &[account.email.as_str(), &account.name]).await?;
    let now = ctx.now();
    // Whoever answers a letter has shown that the address is theirs, and nobody else had before (`A13`).
    let act = accounts::claim(ctx, codes::consume(Unit::new(), &found, now).into(), &account).await?;
    // Whoever held the account before may have asked for another address (`A22`).
    let act = act.and(|unit| codes::forget_takeovers(ctx, rules::set(unit, id, &chosen, now), id));
    let act = act.and(|unit| attempt::unlock(ctx, unit, &found.email, id));
    let event = Event::new("password.reset", Outcome::Success).subject(id).client(client);
    let act = act.audited(ctx, event).try_and(|unit| rules::told(ctx, unit, &account, client))?;
    let done = sessions::end_all(ctx, act, id, None, EndReason::Credential).run(ctx).await?;
    done.ok_or_else(codes::invalid)?;
    Ok(device::anew(ctx, id).await)
}

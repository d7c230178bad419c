//! Letters to people about accounts that somebody else manages.

use guardhouse_core::{email::EmailAddress, ids::AccountId};
use guardhouse_store::Unit;

use super::settings::UserSettings;
use crate::{
    features::{password, profile},
    kernel::{
        accounts::Account,
        codes::{self, NewCode},
        ctx::Ctx,
        errors::{Code, Error, Result},
        mail::{Letter, Template, context},
        settings::VerifyEmail,
    },
};

/// Carries the link to choose the first password.
const INVITATION: Template = Template {
    name: "invitation",
    text: include_str!("texts/invitation.txt"),
    html: include_str!("texts/invitation.html"),
    samples: || vec![context! { link => "https://auth.example.com/reset?token=gdc_", valid => "7d" }],
};

pub(super) const ALL: &[Template] = &[INVITATION];

/// A link that nobody gets would leave an account that nobody can use.
fn delivered(ctx: &Ctx) -> Result<()> {
    if ctx.mail.delivers() {
        return Ok(());
    }
    Err(Error::new(Code::Conflict, "This needs a letter, and no mail server is set: set mail.smtp_url."))
}

/// Adds a link to choose the first password.
pub(super) fn invite(ctx: &Ctx, unit: Unit, account: AccountId, email: &EmailAddress) -> Result<Unit> {
    delivered(ctx)?;
    let life = ctx.settings.of::<UserSettings>().invitation_ttl;
    let new = NewCode { purpose: password::RESET_PASSWORD, account: Some(account), email, life, payload: None };
    codes::send(ctx, unit, &new, &INVITATION)
}

/// Adds a link to choose a new password.
pub(super) fn reset(ctx: &Ctx, unit: Unit, account: &Account) -> Result<Unit> {
    delivered(ctx)?;
    password::start_reset(ctx, unit, account)
}

/// Adds a letter that asks for the address to be verified, where the settings want that.
pub(super) fn verify(ctx: &Ctx, unit: Unit, account: AccountId, email: &EmailAddress) -> Result<Unit> {
    if ctx.settings.registration.verify_email == VerifyEmail::Off {
        return Ok(unit);
    }
    password::send_verification(ctx, unit, &password::verification(account, email))
}

/// Tells the owner of an address that the account has another one now (ASVS 6.3.7).
pub(super) fn moved(ctx: &Ctx, unit: Unit, old: EmailAddress) -> Result<Unit> {
    let context = context! { at => ctx.now().to_string(), ip => () };
    ctx.mail.enqueue(ctx, unit, &Letter::new(old, &profile::EMAIL_CHANGED_OLD, context))
}

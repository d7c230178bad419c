//! Who must have shown a second factor.

use guardhouse_core::principal::{Assurance, Authority, Principal};

use crate::kernel::{
    accounts::Account,
    ctx::Ctx,
    errors::{Code, Error, Result},
    settings::MfaPolicy,
};

/// Whether the server asks these roles for a second factor, whatever is enrolled.
fn asked_of(ctx: &Ctx, authority: &Authority) -> bool {
    let mfa = &ctx.settings.mfa;
    mfa.policy == MfaPolicy::Required || mfa.required_roles.iter().any(|role| authority.holds(role))
}

/// Whether an account must have shown a second factor to do anything but enrol one.
pub fn is_required(ctx: &Ctx, account: &Account) -> bool {
    account.is_person && asked_of(ctx, &account.authority)
}

/// Whether a second factor is still due after this proof: one is enrolled, and the proof was none.
pub fn due(account: &Account, amr: &[impl AsRef<str>]) -> bool {
    account.second_factor && !amr.iter().any(|method| method.as_ref() == "mfa")
}

/// Refuses a person who has shown less than the server asks for. Keys and machines prove otherwise, and whoever acts in
/// another's name has shown their own factor before.
pub fn refuse_below(ctx: &Ctx, principal: &Principal) -> Result<()> {
    let Some(Assurance { amr, .. }) = principal.assurance.as_deref() else { return Ok(()) };
    if principal.session.is_none() || principal.actor.is_some() || amr.iter().any(|method| method == "mfa") {
        return Ok(());
    }
    if asked_of(ctx, &principal.authority) {
        return Err(below());
    }
    Ok(())
}

/// What leads to a better proof.
fn below() -> Error {
    let text = "A second factor is required here. Prove yours with POST /api/auth/step-up, or enrol one: \
                POST /api/me/mfa/totp, or a passkey.";
    Error::new(Code::StepUpRequired, text).with("enroll", "/api/me/mfa")
}

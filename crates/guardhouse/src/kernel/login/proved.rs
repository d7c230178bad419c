//! A recent proof, for acts that take an account over or end it (ASVS 7.5.1).

use std::ops::Deref;

use guardhouse_core::principal::Principal;

use super::{RECENT, Verified};
use crate::kernel::{
    accounts::Account,
    ctx::Ctx,
    errors::{Code, Error, Result},
    factors,
    limits::attempts,
    principal::{self, in_person},
    tokens,
};

/// A person who proved moments ago who they are. Only a proof makes one, and rules behind
/// [`RecentProof`](crate::kernel::http::route::Guard::RecentProof) ask for one, so no handler can forget it.
#[derive(Debug)]
pub struct Proved(Principal);

impl Proved {
    /// By what the session proved last.
    pub async fn lately(ctx: &Ctx, principal: &Principal) -> Result<Self> {
        may_prove(ctx, principal)?;
        both(&*principal::account(ctx, principal.subject).await?, principal, &[])?;
        // A session that no person proved themselves for, as `token mint` makes it, is fresh in nothing.
        let proved = principal.assurance.as_ref().filter(|assurance| !assurance.amr.is_empty());
        if proved.is_some_and(|assurance| ctx.now().since(assurance.auth_time) <= RECENT) {
            return Ok(Self(principal.clone()));
        }
        Err(Error::new(
            Code::StepUpRequired,
            "This needs a recent proof of who you are: POST /api/auth/step-up first, or send current_password.",
        ))
    }

    /// By a proof sent along, whose attempt is given back.
    pub async fn now(ctx: &Ctx, principal: &Principal, verified: Verified) -> Result<Self> {
        may_prove(ctx, principal)?;
        if verified.account.id != principal.subject {
            return Err(Error::new(Code::Forbidden, "This proves to be somebody else."));
        }
        if let Some(reserved) = &verified.reserved {
            attempts::release(ctx, reserved).await?;
        }
        both(&verified.account, principal, &verified.amr)?;
        Ok(Self(principal.clone()))
    }
}

/// Where a second factor is enrolled, both are asked for: the session showed the second, or the proof at hand is it.
fn both(account: &Account, principal: &Principal, now: &[&str]) -> Result<()> {
    let before = principal.assurance.iter().flat_map(|assurance| &assurance.amr).map(String::as_str);
    let shown: Vec<_> = before.chain(now.iter().copied()).collect();
    if factors::due(account, &shown) {
        let text = "This needs your second factor: POST /api/auth/step-up with it first.";
        return Err(Error::new(Code::StepUpRequired, text));
    }
    Ok(())
}

impl Deref for Proved {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.0
    }
}

/// Refuses those whom no proof helps, before one is looked at.
pub fn may_prove(ctx: &Ctx, principal: &Principal) -> Result<()> {
    in_person(principal)?;
    if tokens::from_shared_secret(ctx, principal) {
        // Whoever knows the secret can make such a token for anyone (rulings 15).
        return Err(Error::new(Code::Forbidden, "A token signed with a shared secret is not taken for this."));
    }
    Ok(())
}

//! What all enrolments have in common: the policy, the owner's letter, recovery codes with the first factor, and the
//! session that has shown the factor from then on.

use guardhouse_store::Unit;

use super::{codes, letters};
use crate::kernel::{
    accounts,
    audit::{Event, Outcome, Who},
    changes::Act,
    ctx::Ctx,
    errors::{Code, Error, Result},
    factors::{self, NewFactor},
    http::client::Client,
    login::{self, Entered, Proved},
    principal::Principal,
    settings::MfaPolicy,
};

/// A factor that was proved for the first time.
pub struct Enrolment<'a> {
    /// What is enrolled.
    pub factor: NewFactor<'a>,
    /// What the act is called in the audit log: `totp.enrolled`.
    pub action: &'static str,
    /// What must hold in the same commit, and what the feature writes after the factor's row.
    pub proof: Unit,
    /// The feature's own rows, which refer to the factor's.
    pub rows: Unit,
    /// How it was proved (RFC 8176).
    pub amr: Vec<&'static str>,
}

/// Refuses what the server's settings do not let people enrol.
pub fn may_enrol(ctx: &Ctx, method: &str) -> Result<()> {
    let mfa = &ctx.settings.mfa;
    if mfa.policy == MfaPolicy::Off || !mfa.methods.iter().any(|allowed| allowed.as_str() == method) {
        return Err(Error::new(Code::Forbidden, "This server does not take this kind of second factor."));
    }
    Ok(())
}

/// Enrols it. The answer hands over the session's new secrets, and recovery codes with the first factor.
pub async fn enrol(ctx: &Ctx, principal: &Principal, new: Enrolment<'_>, client: &Client) -> Result<Entered> {
    let account = accounts::existing(ctx, principal.subject).await?;
    let event = Event::new(new.action, Outcome::Success)
        .subject(account.id)
        .by(&Who::of(principal, client))
        .detail("method", new.factor.method);
    let act = factors::add(ctx, new.proof, &new.factor).and(|unit| unit.then(new.rows)).audited(ctx, event);
    let act = act.try_and(|unit| letters::enrolled(ctx, unit, &account, new.factor.method, client))?;
    let mut shown = None;
    let act = act.and(|unit| {
        if account.second_factor {
            return unit;
        }
        let (unit, codes) = codes::anew(unit, account.id, ctx.now());
        shown = Some(codes);
        unit
    });
    Ok(login::enrol(ctx, act, principal, &new.amr).await?.with_recovery_codes(shown))
}

/// Removes a factor. Devices that were let off it are asked again.
pub async fn remove(
    ctx: &Ctx,
    person: &Proved,
    factor: ([u8; 16], &str),
    action: &'static str,
    client: &Client,
) -> Result<()> {
    let account = accounts::existing(ctx, person.subject).await?;
    let (id, method) = factor;
    let event =
        Event::new(action, Outcome::Success).subject(account.id).by(&Who::of(person, client)).detail("method", method);
    let act = factors::remove(ctx, Act::default(), id, account.id).audited(ctx, event);
    let act = act.try_and(|unit| letters::removed(ctx, unit, &account, method, client))?;
    act.run(ctx).await?.map(drop).ok_or_else(Error::not_found)
}

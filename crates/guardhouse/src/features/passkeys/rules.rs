//! The verbs about passkeys that are there: whoever calls them has decided who may.

use guardhouse_core::{
    email::DisplayName,
    ids::{AccountId, PasskeyId},
    principal::Principal,
};
use guardhouse_store::Unit;

use super::{kept, letters, second::METHOD, view::PasskeyView};
use crate::{
    features::mfa,
    kernel::{
        accounts,
        audit::{Event, Outcome, Who},
        changes::Act,
        ctx::Ctx,
        errors::{Code, Error, Result},
        factors,
        http::client::Client,
        login::Proved,
        principal,
    },
};

const REMOVED: &str = "passkeys.removed";

/// The passkeys of an account, the oldest first.
pub(super) async fn list(ctx: &Ctx, account: AccountId) -> Result<Vec<PasskeyView>> {
    let named = factors::list(ctx, account).await?;
    let kept = kept::of_account(ctx, account).await?;
    let view = |passkey: &kept::Kept| {
        let factor = named.iter().find(|factor| factor.id == passkey.id.bytes())?;
        Some(PasskeyView::new(passkey, factor))
    };
    Ok(kept.iter().filter_map(view).collect())
}

/// One of them; another's is as unknown as none (`T1`).
///
/// # Errors
/// `NOT_FOUND`.
pub(super) async fn show(ctx: &Ctx, account: AccountId, id: PasskeyId) -> Result<PasskeyView> {
    list(ctx, account).await?.into_iter().find(|passkey| passkey.id == id).ok_or_else(Error::not_found)
}

/// Calls one of one's own otherwise.
///
/// # Errors
/// `NOT_FOUND`.
pub(super) async fn rename(
    ctx: &Ctx,
    principal: &Principal,
    id: PasskeyId,
    name: &DisplayName,
    client: &Client,
) -> Result<PasskeyView> {
    principal::in_person(principal)?;
    let of = principal.subject;
    show(ctx, of, id).await?;
    let account = accounts::existing(ctx, of).await?;
    let unit = factors::rename(Unit::new(), id.bytes(), of, name);
    let event = Event::new("passkeys.renamed", Outcome::Success).subject(of).by(&Who::of(principal, client));
    let unit = ctx.audit.step(ctx, unit, event.detail("passkey", id));
    let unit = letters::renamed(ctx, unit, &account, client)?;
    ctx.db.run(unit).await?.done().ok_or_else(Error::not_found)?;
    show(ctx, of, id).await
}

/// Removes one of one's own; sessions that it opened stay, as they can be ended by themselves (ASVS 6.5.6).
///
/// # Errors
/// `NOT_FOUND`.
pub(super) async fn remove(ctx: &Ctx, person: &Proved, id: PasskeyId, client: &Client) -> Result<()> {
    show(ctx, person.subject, id).await?;
    mfa::remove(ctx, person, (id.bytes(), METHOD), REMOVED, client).await
}

/// Removes one of another's. The last factor of somebody is no administrator's to remove at once: its owner may stop that
/// (`mfa.reset_wait`).
///
/// # Errors
/// `NOT_FOUND`; `CONFLICT` for the last factor.
pub(super) async fn remove_of(ctx: &Ctx, of: AccountId, id: PasskeyId, who: &Who) -> Result<()> {
    show(ctx, of, id).await?;
    let account = accounts::existing(ctx, of).await?;
    if factors::list(ctx, of).await?.len() < 2 {
        let text = "This is the account's last second factor: reset its factors instead.";
        return Err(Error::new(Code::Conflict, text));
    }
    let event = Event::new(REMOVED, Outcome::Success).subject(of).by(who).detail("passkey", id);
    let act = factors::remove(ctx, Act::default(), id.bytes(), of).audited(ctx, event);
    let act = act.try_and(|unit| letters::removed(ctx, unit, &account))?;
    act.run(ctx).await?.map(drop).ok_or_else(Error::not_found)
}

//! Signing in with a passkey alone: nobody types who they are (`WebAuthn` L3, section 1.3.2 with discoverable credentials).
//!
//! The options name no credential and are alike for all, so they tell nothing of anybody (`A17`). The user must be
//! verified, so that it counts as two factors (NIST SP 800-63B-4 section 3.1.7).

use guardhouse_core::ids::AccountId;
use serde_json::Value;
use webauthn_rs_core::proto::{AuthenticationState, PublicKeyCredential, UserVerificationPolicy};

use super::{
    assertion::{self, Shown},
    ceremony,
    fault::Fault,
    party::party,
};
use crate::kernel::{
    accounts,
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Code, Error, Result},
    factors::Proof,
    http::client::Client,
    limits,
    login::{self, Arrival, Entered, Verified},
};

const ACTION: &str = "passkeys.login";

/// The one answer to whatever is wrong.
fn wrong() -> Error {
    Error::new(Code::InvalidCredentials, "This passkey is not known here, or its answer is not valid any more.")
}

/// Options that any passkey may answer.
pub(super) async fn begin(ctx: &Ctx) -> Result<Value> {
    let asked = assertion::ask(party(ctx)?, Vec::new(), UserVerificationPolicy::Required)?;
    ceremony::keep(ctx, &asked.options.public_key.challenge, None, &asked.state).await?;
    assertion::told(&asked.options)
}

/// Signs in whoever shows a passkey.
pub(super) async fn finish(ctx: &Ctx, shown: &PublicKeyCredential, arrival: Arrival) -> Result<Entered> {
    limits::attempt(ctx, &arrival.client).await?;
    let (account, proof) = match checked(ctx, shown, &arrival.client).await? {
        Ok(right) => right,
        Err((known, fault)) => {
            failed(ctx, &arrival.client, known, &fault).await?;
            return Err(wrong());
        }
    };
    limits::refund(ctx, &arrival.client).await?;
    let account = accounts::by_id(ctx, account).await?.ok_or_else(wrong)?;
    let Proof { unit: proof, amr } = proof;
    let verified = Verified { account, amr, action: ACTION, proof, refused: wrong, reserved: None };
    login::enter(ctx, verified, arrival).await
}

/// Whose it is, where that is known, and why it is refused.
type Refused = (Option<AccountId>, Fault);

async fn checked(
    ctx: &Ctx,
    credential: &PublicKeyCredential,
    client: &Client,
) -> Result<Result<(AccountId, Proof), Refused>> {
    let nobody = |fault| Ok(Err((None, fault)));
    let shown = match Shown::read(ctx, credential)? {
        Ok(shown) => shown,
        Err(fault) => return nobody(fault),
    };
    let challenge = match shown.challenge() {
        Ok(challenge) => challenge,
        Err(fault) => return nobody(fault),
    };
    let Some(state) = ceremony::take::<AuthenticationState>(ctx, &challenge, None).await? else {
        return nobody(Fault::Challenge);
    };
    let Some(passkey) = shown.passkey(ctx).await? else { return nobody(Fault::Credential) };
    let account = passkey.account;
    if shown.names(account) != Some(true) {
        return Ok(Err((Some(account), Fault::UserHandle)));
    }
    let checked = shown.check(ctx, &state, &passkey, Some(client)).await?;
    Ok(checked.map(|proof| (account, proof)).map_err(|fault| (Some(account), fault)))
}

async fn failed(ctx: &Ctx, client: &Client, known: Option<AccountId>, fault: &Fault) -> Result<()> {
    ctx.meters.login(false);
    let event = Event::new(ACTION, Outcome::Failure).client(client).detail("reason", fault.reason());
    let event = known.into_iter().fold(event, Event::subject);
    ctx.audit.record(ctx, event).await
}

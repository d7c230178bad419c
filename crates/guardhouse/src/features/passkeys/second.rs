//! Passkeys and security keys behind another proof: the person is known, so their credentials are named.

use webauthn_rs_core::proto::AuthenticationState;

use super::{
    assertion::{self, Shown},
    input, kept,
    party::{party, verification},
};
use crate::kernel::{
    accounts::Account,
    ctx::Ctx,
    errors::{Detail, Error, Result},
    factors::{self, Prepared, Proof, SecondFactor},
};

/// The name of passkeys among the factors.
pub(super) const METHOD: &str = "passkey";

/// See the module.
pub(super) const FACTOR: SecondFactor = SecondFactor {
    method: METHOD,
    challenge: Some(|ctx, account, _| Box::pin(challenge(ctx, account))),
    verify: |ctx, account, shown| Box::pin(verify(ctx, account, shown)),
    stands_in: None,
};

async fn challenge(ctx: &Ctx, account: &Account) -> Result<Prepared> {
    let own = kept::of_account(ctx, account.id).await?;
    let credentials = own.into_iter().map(|passkey| passkey.secret.credential).collect();
    let asked = assertion::ask(party(ctx)?, credentials, verification(ctx))?;
    let state = serde_json::to_vec(&asked.state).map_err(Error::internal)?;
    Ok(Prepared { unit: guardhouse_store::Unit::new(), state, answer: assertion::told(&asked.options)? })
}

async fn verify(ctx: &Ctx, account: &Account, shown: factors::Shown<'_>) -> Result<Option<Proof>> {
    let sent = shown.credential()?;
    let Some(credential) = input::asserted(sent) else {
        let text = "Send what the credential's toJSON() gives.";
        return Err(Error::validation(vec![Detail::new("credential", "INVALID_CREDENTIAL", text)]));
    };
    let Some(state) = shown.state else { return Ok(None) };
    let state: AuthenticationState = serde_json::from_slice(state).map_err(Error::internal)?;
    let Ok(shown) = Shown::read(ctx, &credential)? else { return Ok(None) };
    let Some(passkey) = shown.passkey(ctx).await?.filter(|passkey| passkey.account == account.id) else {
        return Ok(None);
    };
    if shown.names(account.id) == Some(false) {
        return Ok(None);
    }
    Ok(shown.check(ctx, &state, &passkey, None).await?.ok())
}

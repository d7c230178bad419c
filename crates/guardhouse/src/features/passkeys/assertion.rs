//! Asking for a passkey and checking what came (`WebAuthn` L3, section 7.2).

use guardhouse_core::ids::AccountId;
use guardhouse_store::Unit;
use serde_json::Value;
use webauthn_rs_core::proto::{
    AuthenticationState, Credential, PublicKeyCredential, RequestChallengeResponse, UserVerificationPolicy,
};

use super::{
    client_data::ClientData,
    cloned,
    fault::Fault,
    kept::{self, Kept},
    party::{Party, party},
};
use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
    factors::{self, Proof},
    http::client::Client,
};

/// Options and what the check must know.
pub(super) struct Asked {
    pub(super) options: RequestChallengeResponse,
    pub(super) state: AuthenticationState,
}

/// Asks for one of these credentials; for any that an authenticator finds by itself where there are none.
pub(super) fn ask(party: &Party, any_of: Vec<Credential>, policy: UserVerificationPolicy) -> Result<Asked> {
    let builder = party.core.new_challenge_authenticate_builder(any_of, Some(policy)).map_err(Error::internal)?;
    // A key that was of one device may have become one that is kept on many.
    let builder = builder.allow_backup_eligible_upgrade(true);
    let (options, state) = party.core.generate_challenge_authenticate(builder).map_err(Error::internal)?;
    Ok(Asked { options, state })
}

/// What was shown, before it is checked.
pub(super) struct Shown<'a> {
    credential: &'a PublicKeyCredential,
    client_data: ClientData,
}

impl<'a> Shown<'a> {
    /// Reads the client data, of a page of ours.
    pub(super) fn read(ctx: &Ctx, credential: &'a PublicKeyCredential) -> Result<Result<Self, Fault>> {
        let party = party(ctx)?;
        let client_data = ClientData::read(&credential.response.client_data_json);
        Ok(client_data.and_then(|client_data| {
            client_data.check(party)?;
            Ok(Self { credential, client_data })
        }))
    }

    /// The challenge that it answers.
    pub(super) fn challenge(&self) -> Result<Vec<u8>, Fault> {
        self.client_data.challenge()
    }

    /// Whose the passkey is that was shown, if there is one.
    pub(super) async fn passkey(&self, ctx: &Ctx) -> Result<Option<Kept>> {
        kept::by_credential(ctx, &self.credential.raw_id).await
    }

    /// Whether the user handle names this account; `None` where there is no handle, as with keys that keep none.
    pub(super) fn names(&self, account: AccountId) -> Option<bool> {
        let handle = self.credential.response.user_handle.as_ref()?;
        Some(handle.as_slice() == account.bytes().as_slice())
    }

    /// Checks the assertion: what must hold in the commit of the login, and how it was proved.
    pub(super) async fn check(
        &self,
        ctx: &Ctx,
        state: &AuthenticationState,
        passkey: &Kept,
        client: Option<&Client>,
    ) -> Result<Result<Proof, Fault>> {
        let credential = &passkey.secret.credential;
        let result = match party(ctx)?.core.authenticate_single_credential(self.credential, state, credential) {
            Ok(result) => result,
            Err(error) => {
                let fault = Fault::from(error);
                if matches!(fault, Fault::Counter) {
                    cloned::tell(ctx, passkey, client).await?;
                }
                return Ok(Err(fault));
            }
        };
        let unit = factors::used(Unit::new(), passkey.id.bytes(), passkey.account, ctx.now());
        let unit = passkey.used(ctx, unit, &result)?;
        Ok(Ok(Proof { unit, amr: amr(result.backup_eligible(), result.user_verified()) }))
    }
}

/// How it was proved (RFC 8176): a key that never leaves its device is hardware's, and a user who was verified showed two.
pub(super) fn amr(backup_eligible: bool, verified: bool) -> Vec<&'static str> {
    let key = if backup_eligible { "swk" } else { "hwk" };
    if verified { vec![key, "user", "mfa"] } else { vec![key] }
}

/// The options as callers are told: a list of no credentials is left out, as not every client takes it for none.
pub(super) fn told(options: &RequestChallengeResponse) -> Result<Value> {
    let mut told = serde_json::to_value(options).map_err(Error::internal)?;
    if let (true, Some(members)) = (options.public_key.allow_credentials.is_empty(), told["publicKey"].as_object_mut())
    {
        members.remove("allowCredentials");
    }
    Ok(told)
}

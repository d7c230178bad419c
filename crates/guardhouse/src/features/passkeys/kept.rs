//! A passkey as the database keeps it: sealed under the master key with the account and the credential id that it belongs
//! to, so that whoever writes to the database alone can neither swap a key nor turn a counter back (ASVS 6.7.1).

use guardhouse_core::ids::{AccountId, PasskeyId};
use guardhouse_store::{Row, Unit, params};
use serde::{Deserialize, Serialize};
use webauthn_rs_core::proto::{AuthenticationResult, Credential};

use super::store;
use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
    keys::Sealed,
};

/// What is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Secret {
    /// The public key with its counter and flags.
    pub(super) credential: Credential,
    /// The make of the authenticator, as it says itself; zeros where it does not.
    pub(super) aaguid: [u8; 16],
}

/// A passkey with the bytes that were read.
pub(super) struct Kept {
    pub(super) id: PasskeyId,
    pub(super) account: AccountId,
    pub(super) secret: Secret,
    sealed: Vec<u8>,
}

fn sealed_with(id: PasskeyId, account: AccountId, credential: &[u8]) -> Vec<u8> {
    [b"passkeys/".as_slice(), &id.bytes(), &account.bytes(), credential].concat()
}

/// Seals a passkey.
pub(super) fn seal(ctx: &Ctx, id: PasskeyId, account: AccountId, secret: &Secret) -> Result<Vec<u8>> {
    let plain = serde_json::to_vec(secret).map_err(Error::internal)?;
    Ok(ctx.ring.seal(&sealed_with(id, account, &secret.credential.cred_id), &plain))
}

impl Kept {
    /// Reads the columns that the statements of [`store`] give.
    pub(super) fn read(ctx: &Ctx, row: &Row) -> Result<Self> {
        let (id, account) = (PasskeyId::from_bytes(row.id16(0)?), AccountId::from_bytes(row.id16(1)?));
        let sealed = row.bytes(3)?;
        let plain = ctx.ring.open(&sealed_with(id, account, row.slice(2)?), &sealed).map_err(Error::internal)?;
        Ok(Self { id, account, secret: serde_json::from_slice(&plain).map_err(Error::internal)?, sealed })
    }

    /// Adds, as a required step, that it was used and is still what it was when it was read. Only a counter or flag that
    /// changed is written, so that one passkey on two devices signs in on both at the same moment.
    pub(super) fn used(&self, ctx: &Ctx, unit: Unit, result: &AuthenticationResult) -> Result<Unit> {
        let sealed = if result.needs_update() {
            let mut secret = self.secret.clone();
            secret.credential.counter = result.counter();
            secret.credential.backup_state = result.backup_state();
            seal(ctx, self.id, self.account, &secret)?
        } else {
            self.sealed.clone()
        };
        Ok(unit.require(&store::USED, params![self.id, self.sealed.clone(), sealed]))
    }

    /// Adds that it is sealed under the current master key, unless it was used meanwhile.
    fn anew(&self, ctx: &Ctx, unit: Unit) -> Result<Unit> {
        let sealed = seal(ctx, self.id, self.account, &self.secret)?;
        Ok(unit.step(&store::USED, params![self.id, self.sealed.clone(), sealed]))
    }
}

/// Under which master key they are sealed.
pub(super) const SEALED: Sealed = Sealed {
    made_under: &store::SEALED_UNDER,
    before: &store::SEALED_BEFORE,
    anew: |ctx, row, unit| Kept::read(ctx, row)?.anew(ctx, unit),
};

/// The passkey with this credential id.
pub(super) async fn by_credential(ctx: &Ctx, credential: &[u8]) -> Result<Option<Kept>> {
    let row = ctx.db.first(&store::BY_CREDENTIAL, params![credential.to_vec()]).await?;
    row.map(|row| Kept::read(ctx, &row)).transpose()
}

/// All passkeys of an account, the oldest first.
pub(super) async fn of_account(ctx: &Ctx, account: AccountId) -> Result<Vec<Kept>> {
    let rows = ctx.db.query(&store::OF_ACCOUNT, params![account]).await?;
    rows.iter().map(|row| Kept::read(ctx, row)).collect()
}

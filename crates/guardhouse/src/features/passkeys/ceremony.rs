//! Ceremonies between their options and their answer (`WebAuthn` L3, sections 7.1 and 7.2).
//!
//! One is found by the challenge that the client signed, of which the row keeps the SHA-256, so a caller carries nothing
//! else. Taking it is one conditional delete before anything is looked at: a challenge has one answer, right or wrong,
//! whichever node it comes to (`A22`, `A23`, ASVS 6.7.2).

use aws_lc_rs::digest::{SHA256, digest};
use guardhouse_core::{ids::SessionId, time::Span};
use guardhouse_store::{BATCH, Unit, params};
use serde::{Serialize, de::DeserializeOwned};

use super::store;
use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
    jobs::Sweep,
};

/// How long one may take: what `WebAuthn` L3 recommends for people (section 15.1).
pub(super) const LIFE: Span = Span::minutes(5);

/// Removes ceremonies that nobody ended.
pub(super) const SWEEP: Sweep = Sweep { name: "passkeys.sweep", run: |ctx| Box::pin(sweep(ctx)) };

async fn sweep(ctx: &Ctx) -> Result<()> {
    ctx.db.execute_in_batches(&store::SWEEP, params![ctx.now()], BATCH).await?;
    Ok(())
}

fn row(challenge: &[u8]) -> Vec<u8> {
    digest(&SHA256, challenge).as_ref().to_vec()
}

fn sealed_with(row: &[u8]) -> Vec<u8> {
    [b"passkey_ceremonies/".as_slice(), row].concat()
}

/// Keeps a ceremony that began: somebody's who is signed in, or anybody's.
pub(super) async fn keep(
    ctx: &Ctx,
    challenge: &[u8],
    session: Option<SessionId>,
    state: &impl Serialize,
) -> Result<()> {
    let row = row(challenge);
    let state = serde_json::to_vec(state).map_err(Error::internal)?;
    let sealed = ctx.ring.seal(&sealed_with(&row), &state);
    let unit = Unit::new().step(&store::BEGIN, params![row, session, sealed, ctx.now() + LIFE]);
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

/// Takes the ceremony of a challenge away: `None` where it never was, is over, was answered, or is another session's.
pub(super) async fn take<T: DeserializeOwned>(
    ctx: &Ctx,
    challenge: &[u8],
    session: Option<SessionId>,
) -> Result<Option<T>> {
    let row = row(challenge);
    let Some(found) = ctx.db.returning(&store::TAKE, params![row.clone(), session, ctx.now()]).await? else {
        return Ok(None);
    };
    let state = ctx.ring.open(&sealed_with(&row), found.slice(0)?).map_err(Error::internal)?;
    serde_json::from_slice(&state).map(Some).map_err(Error::internal)
}

//! How often something may be tried.
//!
//! Two kinds: [`attempts`] are failures per account, kept in the database, reserved before the hash and given back on
//! success; [`network`] limits are counted per network address in memory or over nodes. [`proofs`] spares machines both.

pub mod attempts;
pub mod network;
pub mod proofs;

use attempts::{Reserved, Target};
use guardhouse_store::{Steps, Unit};
use network::Policy;

use super::{ctx::Ctx, errors::Result, http::client::Client};

/// Failed attempts of one network, whatever was attempted: only failures count.
pub const LOGIN: Policy = Policy { name: "login", setting: "limits.login", of: |settings| &settings.limits.login };

/// Counts an attempt against the network alone, before it is looked at: for secrets that nobody can guess.
pub async fn attempt(ctx: &Ctx, client: &Client) -> Result<()> {
    network::charge_network(ctx, LOGIN, client).await.map(drop)
}

/// Counts an attempt against network and target. A lock is said before a limit (rulings 23); the target's row is written
/// last, so that whoever is refused by the limit leaves none behind.
pub async fn reserve(ctx: &Ctx, target: Target, client: &Client) -> Result<Reserved> {
    Ok(reserve_and(ctx, target, client, |unit| unit).await?.0)
}

/// The same with other steps in the commit of the attempt, which follow the first.
pub async fn reserve_and(
    ctx: &Ctx,
    target: Target,
    client: &Client,
    add: impl FnOnce(Unit) -> Unit,
) -> Result<(Reserved, Steps)> {
    attempts::look(ctx, target).await?;
    network::charge_network(ctx, LOGIN, client).await?;
    match attempts::reserve_and(ctx, target, add).await {
        Ok(reserved) => Ok(reserved),
        Err(error) => {
            // Locked meanwhile: nothing is going to be looked at.
            refund(ctx, client).await?;
            Err(error)
        }
    }
}

/// The attempt was right, and the network has its use back: only failures count there.
pub async fn refund(ctx: &Ctx, client: &Client) -> Result<()> {
    network::refund(ctx, LOGIN, &client.network()).await
}

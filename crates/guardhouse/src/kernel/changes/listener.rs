//! Reads the change log and acts on it.

use guardhouse_core::{
    ids::{AccountId, SessionId},
    time::Timestamp,
};
use guardhouse_store::changes::{Change, ChangeReader};
use tokio::sync::watch;

use super::{RENEWED, Topic};
use crate::kernel::{ctx::Ctx, errors::Result, keys};

/// Fills the set of what ended from the log, before the first request is taken.
pub async fn load(ctx: &Ctx) -> Result<ChangeReader> {
    let mut reader = ChangeReader::start(&ctx.db);
    for change in reader.load(ctx.now()).await? {
        apply(ctx, &change);
    }
    caught_up(ctx).await?;
    Ok(reader)
}

/// Reads on until `stop` turns true: at each wake, and each `bus.poll` in any case.
pub async fn listen(ctx: Ctx, mut reader: ChangeReader, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = reader.changed() => {}
            () = tokio::time::sleep(ctx.settings.bus.poll.to_std()) => {}
            _ = stop.changed() => return,
        }
        match reader.poll(ctx.now()).await {
            Ok(changes) => {
                for change in &changes {
                    apply(&ctx, change);
                }
                if let Err(error) = caught_up(&ctx).await {
                    tracing::error!(%error, "signing keys cannot be read again; no credential is vouched for meanwhile");
                }
            }
            Err(error) => tracing::warn!(%error, "the change log cannot be read"),
        }
    }
}

/// The log was read to its end. While the keys in memory are not those of the database one of them may be a retired one,
/// so the node goes on vouching only once they are read (M-38).
async fn caught_up(ctx: &Ctx) -> Result<()> {
    if ctx.keys.stale() {
        keys::reload(ctx).await?;
    }
    ctx.ended.renew();
    Ok(())
}

/// Acts on one change. Doing it twice is the same as once: a node also applies its own changes at once.
fn apply(ctx: &Ctx, change: &Change) {
    let Some(topic) = Topic::parse(&change.topic) else {
        // A newer binary beside this one may write topics that this one has no use for.
        return;
    };
    let id = <[u8; 16]>::try_from(change.key.as_slice());
    match (topic, id) {
        (Topic::Keys, _) => ctx.keys.changed(),
        (Topic::Account, Ok(id)) => ctx.accounts.forget(AccountId::from_bytes(id)),
        (Topic::Session, Ok(id)) => {
            if change.value != RENEWED {
                ctx.ended.add(topic, id, Timestamp(change.keep_until));
            }
            ctx.sessions.forget(SessionId::from_bytes(id));
        }
        (_, Err(_)) => {}
    }
}

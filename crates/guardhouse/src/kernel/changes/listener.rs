//! Reads the change log and acts on it.

use guardhouse_core::{
    ids::{AccountId, SessionId, TenantId},
    time::Timestamp,
};
use guardhouse_store::{
    StoreError,
    changes::{Change, ChangeReader},
};
use tokio::sync::watch;

use super::{RENEWED, Topic, reload};
use crate::kernel::{ctx::Ctx, errors::Result, keys, roles};

/// Fills the set of what ended from the log, before the first request is taken.
pub async fn load(ctx: &Ctx) -> Result<ChangeReader> {
    let mut reader = ChangeReader::start(&ctx.db);
    take_in(ctx, reader.load(ctx.now())).await?;
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
        if let Err(error) = take_in(&ctx, reader.poll(ctx.now())).await {
            tracing::warn!(%error, "the change log or the signing keys cannot be read; no credential is vouched for soon");
        }
    }
}

/// Acts on what a reading of the log to its end finds. While the keys in memory are not those of the database one of them
/// may be a retired one, so the node goes on vouching only once they are read (M-38).
pub(super) async fn take_in(ctx: &Ctx, reading: impl Future<Output = Result<Vec<Change>, StoreError>>) -> Result<()> {
    let since = ctx.ended.moment();
    for change in &reading.await? {
        apply(ctx, change);
    }
    if ctx.keys.stale() {
        keys::reload(ctx).await?;
    }
    if ctx.roles.stale() {
        roles::reload(ctx).await?;
    }
    reload::reload(ctx).await;
    ctx.ended.renew(since);
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
        (Topic::Roles, _) => ctx.roles.changed(),
        (Topic::Tenant, Ok(id)) => ctx.tenants.forget(TenantId::from_bytes(id)),
        (Topic::Policies, _) => reload::changed(ctx, topic),
        (Topic::Account, Ok(id)) => ctx.accounts.forget(AccountId::from_bytes(id)),
        (Topic::Session, Ok(id)) => {
            if change.value != RENEWED {
                ctx.ended.add(topic, id, Timestamp(change.keep_until));
            }
            ctx.sessions.forget(SessionId::from_bytes(id));
        }
        (Topic::ApiKey, Ok(id)) => {
            if change.value != RENEWED {
                ctx.ended.add(topic, id, Timestamp(change.keep_until));
            }
            ctx.tell(topic, id);
        }
        (_, Err(_)) => {}
    }
}

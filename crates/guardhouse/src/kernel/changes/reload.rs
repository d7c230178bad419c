//! What a feature holds in memory of the database, to be read again when the change log says so.

use super::Topic;
use crate::kernel::{BoxFuture, ctx::Ctx, errors::Result};

/// The seam `Reload`: a feature's part of memory that follows a topic of the change log.
///
/// A change marks it at once by `changed`. `reload` is then called in the same reading of the log, and in each one after
/// it until it succeeds; it does nothing while what is held is current. A failure is logged and holds up nothing else, so
/// a feature must not answer from what is marked.
#[derive(Clone, Copy)]
pub struct Reload {
    /// What it follows.
    pub topic: Topic,
    /// Marks what is held as no longer current. Waits for nothing.
    pub changed: fn(&Ctx),
    /// Reads it again where it is not current.
    pub reload: for<'a> fn(&'a Ctx) -> BoxFuture<'a, Result<()>>,
}

/// Marks what follows the topic.
pub(super) fn changed(ctx: &Ctx, topic: Topic) {
    for follower in ctx.reloads.iter().filter(|follower| follower.topic == topic) {
        (follower.changed)(ctx);
    }
}

/// Reads again whatever is not current.
pub(super) async fn reload(ctx: &Ctx) {
    for follower in &ctx.reloads {
        if let Err(error) = (follower.reload)(ctx).await {
            let topic = follower.topic.as_str();
            tracing::warn!(%error, topic, "what is held in memory cannot be read again; nothing is answered from it");
        }
    }
}

use guardhouse_core::ids::LetterId;
use guardhouse_store::jobs::Job;

use super::{KIND, Way, letter::Rendered};
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    jobs::JobKind,
};

/// The work that sends letters.
pub fn jobs() -> Vec<JobKind> {
    vec![JobKind::Queued { kind: KIND, run: |ctx, job| Box::pin(send(ctx, job)) }]
}

/// Sends one letter. A failure is for the queue, which tries again after a growing pause.
async fn send(ctx: &Ctx, job: &Job) -> Result<()> {
    let id = LetterId::from_bytes(job.id);
    let Way::Relay(relay) = &ctx.mail.way else {
        return Err(Error::new(Code::Unavailable, "A letter waits, and `mail.smtp_url` is not set."));
    };
    let letter = Rendered::open(&ctx.ring, id, &job.payload)?;
    relay.send(&letter, id, job.created_at).await.map_err(|told| {
        tracing::warn!(letter = %id, attempt = job.attempts, error = told, "a letter could not be sent");
        Error::new(Code::Unavailable, format!("The mail server did not take the letter: {told}"))
    })
}

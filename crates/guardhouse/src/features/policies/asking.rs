//! Asking the policies in effect.

use std::sync::Arc;

use super::{
    engine::{Question, Set, Unaskable, Verdict},
    held,
    known::{self, Known},
};
use crate::kernel::{ctx::Ctx, errors::Result, principal};

/// What came of a question.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Whom the subject stands for.
    pub subject: Known,
    /// What the policies say, or why they cannot be asked.
    pub verdict: Result<Verdict, Unaskable>,
}

/// Puts a question to the policies in effect, what the server knows of its subject and resource added.
///
/// # Errors
/// [`Code::Unavailable`](crate::kernel::errors::Code::Unavailable) where this node does not know which policies are in
/// effect, or the database is away.
pub async fn ask(ctx: &Ctx, question: &mut Question) -> Result<Asked> {
    principal::vouch(ctx)?;
    let set = held::current(ctx).await?;
    by(ctx, &set, question).await
}

/// The same by policies that are not in effect.
pub(super) async fn by(ctx: &Ctx, set: &Set, question: &mut Question) -> Result<Asked> {
    let subject = known::known(ctx, &question.subject).await?;
    if set.is_silent(question) {
        return Ok(Asked { subject, verdict: Ok(Verdict::default()) });
    }
    known::complete(ctx, question, &subject).await?;
    Ok(Asked { subject, verdict: set.decide(question) })
}

/// What the policies in effect name: for searches.
///
/// # Errors
/// As [`ask`].
pub async fn in_effect(ctx: &Ctx) -> Result<Arc<Set>> {
    principal::vouch(ctx)?;
    held::current(ctx).await
}

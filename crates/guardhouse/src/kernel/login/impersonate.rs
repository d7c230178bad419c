//! A session in another's name: no proof of that person, so it counts as none (`auth_time` is the epoch).

use guardhouse_core::{
    ids::AccountId,
    principal::Assurance,
    time::{Span, Timestamp},
};
use guardhouse_store::Unit;

use super::{
    Admission, Delivery, Entered, answer, disabled,
    made::{Made, Wanted},
};
use crate::kernel::{
    accounts::{self, Account},
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::Result,
    http::client::Client,
};

/// The permission to act in another's name, asked for at each use of such a session.
pub const IMPERSONATE: &str = "users:impersonate";

/// Who acts in whose name.
pub struct Impersonation {
    /// In whose name.
    pub account: Account,
    /// Who really acts.
    pub actor: AccountId,
    /// For how long at most.
    pub life: Span,
    /// Why, for the audit log.
    pub reason: String,
}

/// Makes the session. Its owner sees it among their devices.
pub async fn impersonate(ctx: &Ctx, what: Impersonation, client: &Client) -> Result<Entered> {
    let Impersonation { account, actor, life, reason } = what;
    let made = Made::new(ctx, wanted(account.id, actor, life));
    let unit = accounts::still_enabled(Unit::new(), account.id);
    let unit = made.add(Admission(()), ctx, unit, client);
    let event = Event::new("users.impersonated", Outcome::Success)
        .subject(account.id)
        .actor(actor)
        .session(made.session.id)
        .client(client)
        .detail("reason", reason);
    ctx.db.run(ctx.audit.step(ctx, unit, event)).await?.done().ok_or_else(disabled)?;
    answer::carried(ctx, &made.whose(&account), &made.carried(ctx))
}

fn wanted(account: AccountId, actor: AccountId, life: Span) -> Wanted {
    Wanted {
        account,
        assurance: Assurance { amr: Vec::new(), auth_time: Timestamp(0) },
        life,
        remember: false,
        delivery: Delivery::Tokens,
        device_name: Some("administrator".to_owned()),
        tenant: None,
        actor: Some(actor),
    }
}

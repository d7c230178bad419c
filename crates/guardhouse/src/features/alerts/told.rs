//! Letters about alerts: to the owner of an account whose password somebody else seems to have, and to the operators.

use guardhouse_core::email::EmailAddress;
use guardhouse_store::Unit;

use super::{ALERT, AlertSettings, HALF_DONE};
use crate::kernel::{
    accounts,
    alerts::Alert,
    audit::Event,
    ctx::Ctx,
    errors::{Error, Result},
    limits::network::{self, Policy},
    mail::{Letter, context},
    settings::{Problem, Settings},
};

/// Letters to the operators about one kind of alert.
pub(super) const OPERATORS: Policy =
    Policy { name: "alerts", setting: "alerts.letters", of: |settings| &settings.of::<AlertSettings>().letters };
/// Letters to one owner about logins that stopped half-way: whoever has the password could ask for any number.
pub(super) const OWNER: Policy = Policy {
    name: "alerts_owner",
    setting: "alerts.half_done",
    of: |settings| &settings.of::<AlertSettings>().half_done,
};

/// Adds the letters of an alert.
pub(super) async fn tells(ctx: &Ctx, alert: Alert, event: &Event, unit: Unit) -> Result<Unit> {
    let unit = if alert == Alert::HalfDone { owner(ctx, event, unit).await? } else { unit };
    // Their owners know best which sign-ins are theirs, and there are many each day.
    if alert == Alert::NewSignIn { Ok(unit) } else { operators(ctx, alert, event, unit).await }
}

async fn owner(ctx: &Ctx, event: &Event, unit: Unit) -> Result<Unit> {
    let Some(id) = event.account() else { return Ok(unit) };
    let Some(account) = accounts::by_id(ctx, id).await? else { return Ok(unit) };
    if !network::charge_silently(ctx, OWNER, &id.bytes()).await? {
        return Ok(unit);
    }
    let (at, ip, link) = (ctx.now().to_string(), event.ip().map(|ip| ip.to_string()), ctx.links.to("reset"));
    ctx.mail.enqueue(ctx, unit, &Letter::new(account.email, &HALF_DONE, context! { at, ip, link }))
}

async fn operators(ctx: &Ctx, alert: Alert, event: &Event, unit: Unit) -> Result<Unit> {
    let settings = ctx.settings.of::<AlertSettings>();
    if settings.to.is_empty() || !network::charge_silently(ctx, OPERATORS, alert.name().as_bytes()).await? {
        return Ok(unit);
    }
    let (kind, action, at) = (alert.name(), event.action(), ctx.now().to_string());
    let account = event.account().map(|account| account.to_string());
    let ip = event.ip().map(|ip| ip.to_string());
    let shown = context! { kind, action, at, account, ip };
    settings.to.iter().try_fold(unit, |unit, to| {
        // The start looked at them.
        let to = EmailAddress::parse(to).map_err(Error::internal)?;
        ctx.mail.enqueue(ctx, unit, &Letter::new(to, &ALERT, shown.clone()))
    })
}

/// Addresses that are none.
pub(super) fn check(settings: &Settings, problems: &mut Vec<Problem>) {
    for to in &settings.of::<AlertSettings>().to {
        if EmailAddress::parse(to).is_err() {
            let what = format!("`{to}` is no e-mail address");
            problems.push(Problem::new("alerts.to", what, "write addresses such as `ops@example.com`"));
        }
    }
}

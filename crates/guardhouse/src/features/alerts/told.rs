//! Letters about alerts: to the owner of an account whose password somebody else seems to have, and to the operators.

use guardhouse_core::{email::EmailAddress, time::Span};
use guardhouse_store::Unit;

use super::{ALERT, AlertSettings, HALF_DONE};
use crate::kernel::{
    accounts,
    alerts::{Alert, Raised},
    ctx::Ctx,
    errors::{Error, Result},
    limits::network::{self, Policy},
    mail::{Letter, context},
    settings::{Problem, Rate, Settings},
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
/// Letters to one owner about sign-ins: programs choose what they call themselves.
pub(super) const SIGN_INS: Policy = Policy {
    name: "alerts_sign_ins",
    setting: "alerts.sign_ins",
    of: |settings| &settings.of::<AlertSettings>().sign_ins,
};
/// One account is not what all letters are about.
const OF_AN_ACCOUNT: Rate = Rate { count: 1, per: Span::days(1) };
/// Wrong answers and the end of their ticket are one story.
const OF_A_STORY: Rate = Rate { count: 1, per: Span::hours(1) };

/// Adds the letters of an alert.
pub(super) async fn tells(ctx: &Ctx, raised: &Raised, unit: Unit) -> Result<Unit> {
    let unit = if raised.alert == Alert::HalfDone { owner(ctx, raised, unit).await? } else { unit };
    // Their owners know best which sign-ins are theirs, and there are many each day.
    if raised.alert == Alert::NewSignIn { Ok(unit) } else { operators(ctx, raised, unit).await }
}

async fn owner(ctx: &Ctx, raised: &Raised, unit: Unit) -> Result<Unit> {
    let Some(id) = raised.account else { return Ok(unit) };
    let Some(account) = accounts::by_id(ctx, id).await? else { return Ok(unit) };
    let story = [b"story".as_slice(), &id.bytes()].concat();
    if !network::charge_silently_at(ctx, OWNER, OF_A_STORY, &story).await?
        || !network::charge_silently(ctx, OWNER, &id.bytes()).await?
    {
        return Ok(unit);
    }
    let (at, ip, link) = (raised.at.to_string(), raised.ip.map(|ip| ip.to_string()), ctx.links.to("reset"));
    ctx.mail.enqueue(ctx, unit, &Letter::new(account.email, &HALF_DONE, context! { at, ip, link }))
}

async fn operators(ctx: &Ctx, raised: &Raised, unit: Unit) -> Result<Unit> {
    let settings = ctx.settings.of::<AlertSettings>();
    if settings.to.is_empty() || !is_news(ctx, raised).await? {
        return Ok(unit);
    }
    let (kind, action, at) = (raised.alert.name(), &raised.action, raised.at.to_string());
    let account = raised.account.map(|account| account.to_string());
    let ip = raised.ip.map(|ip| ip.to_string());
    let shown = context! { kind, action, at, account, ip };
    settings.to.iter().try_fold(unit, |unit, to| {
        // The start looked at them.
        let to = EmailAddress::parse(to).map_err(Error::internal)?;
        ctx.mail.enqueue(ctx, unit, &Letter::new(to, &ALERT, shown.clone()))
    })
}

async fn is_news(ctx: &Ctx, raised: &Raised) -> Result<bool> {
    let kind = raised.alert.name().as_bytes();
    if let Some(account) = raised.account
        && !network::charge_silently_at(ctx, OPERATORS, OF_AN_ACCOUNT, &[kind, &account.bytes()].concat()).await?
    {
        return Ok(false);
    }
    network::charge_silently(ctx, OPERATORS, kind).await
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

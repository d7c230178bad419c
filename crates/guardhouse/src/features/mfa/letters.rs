//! The letters of this feature: every change of a factor is told to its owner (ASVS 6.3.7).

use guardhouse_core::time::Timestamp;
use guardhouse_store::Unit;

use crate::kernel::{
    accounts::Account,
    ctx::Ctx,
    errors::Result,
    http::client::Client,
    mail::{Letter, Template, context},
};

const CHANGED: Template = Template {
    name: "factor_changed",
    text: include_str!("texts/factor_changed.txt"),
    html: include_str!("texts/factor_changed.html"),
    samples: || {
        let (at, ip, link) = ("2026-01-02T03:04:05Z", "192.0.2.7", "https://auth.example.com/reset");
        let of = |act: &str| context! { act, what => "an authenticator application", at, ip, link };
        vec![of("added"), of("removed"), of("renewed")]
    },
};

const USED: Template = Template {
    name: "recovery_code_used",
    text: include_str!("texts/recovery_code_used.txt"),
    html: include_str!("texts/recovery_code_used.html"),
    samples: || vec![context! { at => "2026-01-02T03:04:05Z", link => "https://auth.example.com/reset" }],
};

const RESET: Template = Template {
    name: "factors_reset",
    text: include_str!("texts/factors_reset.txt"),
    html: include_str!("texts/factors_reset.html"),
    samples: || [true, false].map(|waits| context! { waits, at => "2026-01-02T03:04:05Z" }).into(),
};

pub(super) const ALL: &[Template] = &[CHANGED, USED, RESET];

/// A kind of factor in words.
fn words(method: &str) -> &'static str {
    match method {
        "totp" => "an authenticator application",
        "passkey" => "a passkey",
        "email_code" => "codes by e-mail",
        _ => "recovery codes",
    }
}

fn changed(ctx: &Ctx, unit: Unit, account: &Account, (act, method): (&str, &str), client: &Client) -> Result<Unit> {
    let (at, ip, link) = (ctx.now().to_string(), client.ip.to_string(), ctx.links.to("reset"));
    let context = context! { act, what => words(method), at, ip, link };
    ctx.mail.enqueue(ctx, unit, &Letter::new(account.email.clone(), &CHANGED, context))
}

/// Tells of a new factor.
pub(super) fn enrolled(ctx: &Ctx, unit: Unit, account: &Account, method: &str, client: &Client) -> Result<Unit> {
    changed(ctx, unit, account, ("added", method), client)
}

/// Tells of one that went.
pub(super) fn removed(ctx: &Ctx, unit: Unit, account: &Account, method: &str, client: &Client) -> Result<Unit> {
    changed(ctx, unit, account, ("removed", method), client)
}

/// Tells of new recovery codes.
pub(super) fn renewed(ctx: &Ctx, unit: Unit, account: &Account, client: &Client) -> Result<Unit> {
    changed(ctx, unit, account, ("renewed", "recovery_code"), client)
}

/// Tells that a recovery code was used: who did not lose a factor should know.
pub(super) fn code_used(ctx: &Ctx, unit: Unit, account: &Account) -> Result<Unit> {
    let context = context! { at => ctx.now().to_string(), link => ctx.links.to("reset") };
    ctx.mail.enqueue(ctx, unit, &Letter::new(account.email.clone(), &USED, context))
}

/// Tells that an administrator removes all factors, at `due` or now.
pub(super) fn reset(ctx: &Ctx, unit: Unit, account: &Account, due: Option<Timestamp>) -> Result<Unit> {
    let context = context! { waits => due.is_some(), at => due.unwrap_or(ctx.now()).to_string() };
    ctx.mail.enqueue(ctx, unit, &Letter::new(account.email.clone(), &RESET, context))
}

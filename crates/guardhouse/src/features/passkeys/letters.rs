//! The letters of this feature: with those of `mfa`, every change of a passkey is told to its owner (ASVS 6.3.7). None has a word that somebody
//! typed, so that nobody writes to others through us.

use guardhouse_store::Unit;

use crate::kernel::{
    accounts::Account,
    ctx::Ctx,
    errors::Result,
    http::client::Client,
    mail::{Letter, Template, context},
};

/// Tells that a passkey was renamed, or removed by somebody else; of all else the letters about factors tell.
const PASSKEY_CHANGED: Template = Template {
    name: "passkey_changed",
    text: include_str!("texts/passkey_changed.txt"),
    html: include_str!("texts/passkey_changed.html"),
    samples: || {
        let of = |act: &str| context! { act, at => "2026-01-02T03:04:05Z", ip => "192.0.2.7", link => "https://auth.example.com/reset" };
        vec![of("renamed"), of("removed by an administrator")]
    },
};

/// Tells that an authenticator seems to be there twice.
const PASSKEY_CLONED: Template = Template {
    name: "passkey_cloned",
    text: include_str!("texts/passkey_cloned.txt"),
    html: include_str!("texts/passkey_cloned.html"),
    samples: || vec![context! { at => "2026-01-02T03:04:05Z" }],
};

pub(super) const ALL: &[Template] = &[PASSKEY_CHANGED, PASSKEY_CLONED];

/// Adds the letter about a new name.
pub(super) fn renamed(ctx: &Ctx, unit: Unit, account: &Account, client: &Client) -> Result<Unit> {
    changed(ctx, unit, account, "renamed", Some(client.ip.to_string()))
}

/// Adds the letter about a removal by somebody else, whose network address is nobody's business.
pub(super) fn removed(ctx: &Ctx, unit: Unit, account: &Account) -> Result<Unit> {
    changed(ctx, unit, account, "removed by an administrator", None)
}

fn changed(ctx: &Ctx, unit: Unit, account: &Account, act: &str, ip: Option<String>) -> Result<Unit> {
    let context = context! { act, at => ctx.now().to_string(), ip, link => ctx.links.to("reset") };
    ctx.mail.enqueue(ctx, unit, &Letter::new(account.email.clone(), &PASSKEY_CHANGED, context))
}

/// Adds the letter about an authenticator that is there twice.
pub(super) fn cloned(ctx: &Ctx, unit: Unit, account: &Account) -> Result<Unit> {
    let context = context! { at => ctx.now().to_string() };
    ctx.mail.enqueue(ctx, unit, &Letter::new(account.email.clone(), &PASSKEY_CLONED, context))
}

//! The letters of this feature. They name a key by how it begins, never by what somebody calls it.

use guardhouse_core::{email::EmailAddress, time::Timestamp};
use guardhouse_store::Unit;

use crate::kernel::{
    ctx::Ctx,
    errors::Result,
    mail::{Letter, Template, context},
};

/// Tells of a key that ends soon (ASVS 6.4.5).
const API_KEY_EXPIRING: Template = Template {
    name: "api_key_expiring",
    text: include_str!("texts/api_key_expiring.txt"),
    html: include_str!("texts/api_key_expiring.html"),
    samples: || vec![context! { prefix => "gdk_live_01h455vb4pex5vsk", at => "2026-01-02T03:04:05Z" }],
};

/// Tells of a key that was revoked because somebody found it.
const API_KEY_LEAKED: Template = Template {
    name: "api_key_leaked",
    text: include_str!("texts/api_key_leaked.txt"),
    html: include_str!("texts/api_key_leaked.html"),
    samples: || vec![context! { prefix => "gdk_live_01h455vb4pex5vsk", at => "2026-01-02T03:04:05Z" }],
};

pub(super) const ALL: &[Template] = &[API_KEY_EXPIRING, API_KEY_LEAKED];

/// Adds the letter about a key that ends.
pub(super) fn expiring(ctx: &Ctx, unit: Unit, to: EmailAddress, prefix: &str, end: Timestamp) -> Result<Unit> {
    let context = context! { prefix, at => end.to_string() };
    ctx.mail.enqueue(ctx, unit, &Letter::new(to, &API_KEY_EXPIRING, context))
}

/// Adds the letter about a key that was found.
pub(super) fn leaked(ctx: &Ctx, unit: Unit, to: EmailAddress, prefix: &str) -> Result<Unit> {
    let context = context! { prefix, at => ctx.now().to_string() };
    ctx.mail.enqueue(ctx, unit, &Letter::new(to, &API_KEY_LEAKED, context))
}

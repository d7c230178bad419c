//! The letter that carries an invitation. It names neither the tenant nor who invites: people choose those names, and
//! whoever invites a stranger would have us send their words.

use guardhouse_core::{email::EmailAddress, opaque::MailedCode};
use guardhouse_store::Unit;

use crate::{
    features::tenants::settings::TenantSettings,
    kernel::{
        ctx::Ctx,
        errors::Result,
        mail::{Letter, Template, context},
    },
};

const INVITATION: Template = Template {
    name: "tenant_invitation",
    text: include_str!("../texts/tenant_invitation.txt"),
    html: include_str!("../texts/tenant_invitation.html"),
    samples: || vec![context! { link => "https://auth.example.com/invitation?token=gdc_", valid => "7d" }],
};

/// All letters of invitations.
pub(in crate::features::tenants) const ALL: &[Template] = &[INVITATION];

/// Adds the letter to a unit.
pub(super) fn add(ctx: &Ctx, unit: Unit, email: &EmailAddress, link: &MailedCode) -> Result<Unit> {
    let valid = ctx.settings.of::<TenantSettings>().invitation_ttl.to_string();
    let link = ctx.links.page("invitation", &[("token", &link.text())]);
    ctx.mail.enqueue(ctx, unit, &Letter::new(email.clone(), &INVITATION, context! { link, valid }))
}

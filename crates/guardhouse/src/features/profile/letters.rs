//! The letters of this feature.

use crate::kernel::mail::{Template, context};

/// Asks the new address.
pub(super) const EMAIL_CHANGE_CONFIRM: Template = Template {
    name: "email_change_confirm",
    text: include_str!("texts/email_change_confirm.txt"),
    html: include_str!("texts/email_change_confirm.html"),
    samples: || {
        vec![context! { link => "https://auth.example.com/verify?token=gdc_", code => "123456", valid => "1d" }]
    },
};

/// Tells the address that was (ASVS 6.3.7): `at`, and `ip` where the person did it.
pub const EMAIL_CHANGED_OLD: Template = Template {
    name: "email_changed_old",
    text: include_str!("texts/email_changed_old.txt"),
    html: include_str!("texts/email_changed_old.html"),
    samples: || {
        let at = "2026-01-02T03:04:05Z";
        vec![context! { at, ip => "192.0.2.7" }, context! { at, ip => () }]
    },
};

pub(super) const ALL: &[Template] = &[EMAIL_CHANGE_CONFIRM, EMAIL_CHANGED_OLD];

//! The letters of this feature, and what asks for them.

use guardhouse_core::email::EmailAddress;

use crate::kernel::{
    links::Links,
    mail::{Letter, Template, context},
};

/// Carries what verifies an address.
pub(super) const VERIFY_EMAIL: Template = Template {
    name: "verify_email",
    text: include_str!("texts/verify_email.txt"),
    html: include_str!("texts/verify_email.html"),
    samples: || {
        vec![context! { link => "https://auth.example.com/verify?token=gdc_", code => "123456", valid => "1d" }]
    },
};

/// Tells the owner of an address that somebody wanted it for an account.
const WELCOME_EXISTS: Template = Template {
    name: "welcome_exists",
    text: include_str!("texts/welcome_exists.txt"),
    html: include_str!("texts/welcome_exists.html"),
    samples: || vec![context! { link => "https://auth.example.com/reset" }],
};

/// Carries the link to set a new password.
pub(super) const RESET_PASSWORD: Template = Template {
    name: "reset_password",
    text: include_str!("texts/reset_password.txt"),
    html: include_str!("texts/reset_password.html"),
    samples: || vec![context! { link => "https://auth.example.com/reset?token=gdc_", valid => "10m" }],
};

/// Tells of a new password.
pub(super) const PASSWORD_CHANGED: Template = Template {
    name: "password_changed",
    text: include_str!("texts/password_changed.txt"),
    html: include_str!("texts/password_changed.html"),
    samples: || {
        let link = "https://auth.example.com/reset";
        vec![context! { at => "2026-01-02T03:04:05Z", link, ip => "192.0.2.7" }]
    },
};

pub(super) const ALL: &[Template] = &[VERIFY_EMAIL, WELCOME_EXISTS, RESET_PASSWORD, PASSWORD_CHANGED];

/// To the owner of an address that somebody else wanted for an account.
pub fn address_taken(to: EmailAddress, links: &Links) -> Letter {
    Letter::new(to, &WELCOME_EXISTS, context! { link => links.to("reset") })
}

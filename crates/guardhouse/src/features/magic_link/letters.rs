//! The letter with the link.

use crate::kernel::mail::{Template, context};

/// Carries the link to sign in.
pub(super) const MAGIC_LINK: Template = Template {
    name: "magic_link",
    text: include_str!("texts/magic_link.txt"),
    html: include_str!("texts/magic_link.html"),
    samples: || vec![context! { link => "https://auth.example.com/magic-link?token=gdc_", valid => "10m" }],
};

pub(super) const ALL: &[Template] = &[MAGIC_LINK];

//! What the owner of an account should know of it at once (M-64, ASVS 6.3.5): a sign-in from a device and a network that
//! it was never used from.
//!
//! A browser that signed in before carries a mark, and programs without one are known by their network and what they call
//! themselves, versions left out. Both are kept as a keyed hash: the table tells nobody where anybody was.

mod places;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

use crate::kernel::{
    feature::Feature,
    mail::{Template, context},
    settings::SectionSpec,
};

/// Tells of a sign-in from somewhere new.
const NEW_SIGN_IN: Template = Template {
    name: "new_sign_in",
    text: include_str!("texts/new_sign_in.txt"),
    html: include_str!("texts/new_sign_in.html"),
    samples: || {
        vec![context! { at => "2026-01-02T03:04:05Z", ip => "192.0.2.7", link => "https://auth.example.com/reset" }]
    },
};

crate::settings! {
    /// Letters about what happens to an account.
    pub struct AlertSettings in "alerts" {
        /// Whether a sign-in from a new device and network is told by mail.
        pub new_sign_in: bool = true,
    }
}

/// See the module.
pub const FEATURE: Feature = Feature {
    migrations: store::MIGRATIONS,
    statements: &[store::ALL],
    settings: || vec![SectionSpec::of::<AlertSettings>()],
    signs_in: Some(|ctx, sign_in, unit| Box::pin(places::signs_in(ctx, sign_in, unit))),
    sweeps: &[places::SWEEP],
    personal_data: || vec![places::PERSONAL_DATA],
    letters: &[NEW_SIGN_IN],
    ..Feature::named("alerts", "Tell the owner of an account of a sign-in from somewhere new.")
};

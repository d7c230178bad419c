//! Challenges that keep programs off forms (M-33): a proof of work of our own, or a hosted service.
//!
//! The proof of work is that of ALTCHA, version 1 (<https://altcha.org/docs/v1/>): find the number whose SHA-256 behind a
//! salt is the one given. Nothing is kept of a challenge but that it was spent. Who is asked for one is decided by
//! [`kernel::risk`](crate::kernel::risk).

mod answers;
mod hosted;
mod proof;
mod routes;
mod settings;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

pub use settings::{Asked, CaptchaSettings, Kind};

use crate::kernel::{feature::Feature, jobs::Sweep, settings::SectionSpec};

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    migrations: store::MIGRATIONS,
    statements: &[store::ALL],
    settings: || vec![SectionSpec::of::<CaptchaSettings>().with_check(settings::check)],
    opens: answers::open,
    sweeps: &[Sweep { name: "captcha.sweep", run: |ctx| Box::pin(answers::sweep(ctx)) }],
    limits: &[answers::CAPTCHA],
    offers: |settings, offers| offers.captcha = settings.of::<CaptchaSettings>().kind.as_str(),
    ..Feature::named("captcha", "Asks forms for a proof of work or a hosted CAPTCHA when the risk is high.")
};

//! Passkeys and security keys (M-09): Web Authentication, Level 3 (W3C).
//!
//! Somebody adds a passkey to their account with a recent proof, signs in with it alone without typing who they are, or
//! shows it behind their password. Ceremonies are checked by `webauthn-rs-core`; what it leaves to its caller is decided
//! here (`decisions/0013-webauthn.md`): which challenge is whose and is answered once, exact origins, no frames of others,
//! whose the user handle is, and what a counter that went back means.

mod assertion;
mod attestation;
mod ceremony;
mod client_data;
mod cloned;
mod fault;
mod input;
mod kept;
mod letters;
mod makers;
mod party;
mod register;
mod routes;
mod rules;
mod second;
mod settings;
mod sign_in;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
mod view;

pub use settings::{PasskeySettings, UserVerification};
pub use view::{PasskeyView, Passkeys};

use crate::kernel::{feature::Feature, limits::network::Policy, settings::SectionSpec};

/// Ceremonies begun by one network without signing in.
const BEGUN: Policy = Policy {
    name: "passkeys_begun",
    setting: "passkeys.begun",
    of: |settings| &settings.of::<PasskeySettings>().begun,
};

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    migrations: store::MIGRATIONS,
    statements: &[store::ALL],
    settings: || vec![SectionSpec::of::<PasskeySettings>().with_check(settings::check)],
    opens: party::open,
    sealed: &[kept::SEALED],
    sweeps: &[ceremony::SWEEP],
    second_factors: &[second::FACTOR],
    personal_data: || vec![view::PERSONAL_DATA],
    letters: letters::ALL,
    limits: &[BEGUN],
    offers: |settings, offers| {
        if settings::rp_id(settings).is_some() {
            offers.methods.push("passkey");
        }
    },
    ..Feature::named("passkeys", "Passkeys and security keys: sign in with a device, without a password.")
};

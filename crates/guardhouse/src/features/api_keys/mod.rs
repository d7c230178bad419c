//! API keys (M-05): long-lived credentials of a machine that acts for its owner.
//!
//! A key is checked without a database while its row is in memory: text and checksum first, then the secret in constant
//! time, then expiry, network and owner as they stand now. What it may is the owner's authority cut to the key's scopes
//! at each use (rulings 29). Rules take an [`Owner`], so that whoever owns keys is managed by the same ones.

mod check;
mod exchange;
mod fields;
mod letters;
mod live;
mod machines;
mod remind;
mod report;
mod routes;
mod rules;
mod settings;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
mod uses;
mod view;

pub use check::{of_token, works};
pub use fields::{Changes, NewKey};
pub use rules::{Among, Made, Owner, create, create_if, list, owner, revoke, rotate, show, suspend_all, update};
pub use settings::ApiKeySettings;
pub use view::{KeyView, Keys};

use guardhouse_core::api_key;

use crate::kernel::{
    feature::Feature,
    limits::network::Policy,
    principal::{Authenticator, Key},
    settings::SectionSpec,
};

/// Uses of one key, where it has no limit of its own.
const API_KEY: Policy = Policy { name: "api_key", setting: "limits.api_key", of: |settings| &settings.limits.api_key };
/// Uses of one key over a long time, where it has no quota of its own.
const QUOTA: Policy =
    Policy { name: "api_key_quota", setting: "api_keys.quota", of: |settings| &settings.of::<ApiKeySettings>().quota };
/// Reports of leaked keys by one network.
const REPORT: Policy = Policy {
    name: "api_key_report",
    setting: "api_keys.report",
    of: |settings| &settings.of::<ApiKeySettings>().report,
};

/// See the module.
pub const FEATURE: Feature = Feature {
    routes: routes::routes,
    migrations: store::MIGRATIONS,
    statements: &[store::ALL],
    settings: || vec![SectionSpec::of::<ApiKeySettings>().with_check(settings::check)],
    opens: |_, _, opened| {
        opened.add(live::Memory::default());
        Ok(())
    },
    jobs: || vec![uses::JOB, remind::JOB],
    sweeps: &[remind::SWEEP],
    flushes: &[uses::FLUSH],
    hears: Some(live::hears),
    authenticators: || {
        [Key::ApiKeyHeader, Key::Bearer(api_key::PREFIX)]
            .map(|key| Authenticator { key, check: |ctx, sent| Box::pin(check::key(ctx, sent)) })
            .to_vec()
    },
    forsakes: Some(|ctx, account, act| Box::pin(rules::forsake(ctx, account, act))),
    personal_data: || vec![view::PERSONAL_DATA],
    letters: letters::ALL,
    limits: &[API_KEY, QUOTA, REPORT],
    ..Feature::named("api_keys", "API keys with scopes, limits and networks of their own, rotated without a gap.")
};

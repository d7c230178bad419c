//! The settings `api_keys`.

use guardhouse_core::time::Span;

use crate::kernel::settings::{Limit, Problem, Settings};

crate::settings! {
    /// API keys. How often one may be used stands in `limits.api_key`.
    pub struct ApiKeySettings in "api_keys" {
        /// What a key without a quota of its own may be used over a long time.
        pub quota: Limit = Limit::OFF,
        /// How long an access token lives that a key is exchanged for: 15 minutes at most, and never longer than
        /// `tokens.access_ttl`.
        pub exchange_ttl: Span = Span::minutes(5),
        /// How long before a key expires its owner gets a letter.
        pub remind_before: Span = Span::days(7),
        /// Reports of leaked keys by one network address.
        pub report: Limit = Limit::of(20, Span::hours(1)),
    }
}

/// A token of a key is revoked with the key here, and elsewhere only once it expires.
const LONGEST: Span = Span::minutes(15);

/// Refuses longer tokens before the start.
pub(super) fn check(settings: &Settings, problems: &mut Vec<Problem>) {
    let life = settings.of::<ApiKeySettings>().exchange_ttl;
    if life > LONGEST || life <= Span(0) {
        let key = "api_keys.exchange_ttl";
        let text = "an access token of an API key lives for 15 minutes at most";
        problems.push(Problem::new(key, text, "set at most 15m").at(settings.origin(key).cloned()));
    }
}

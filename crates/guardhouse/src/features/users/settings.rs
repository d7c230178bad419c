//! The settings `users`.

use guardhouse_core::time::Span;

use crate::kernel::settings::{Problem, Settings};

crate::settings! {
    /// Accounts made by administrators.
    pub struct UserSettings in "users" {
        /// How long the link of an invitation works.
        pub invitation_ttl: Span = Span::days(7),
        /// How long somebody may act in another's name before doing it anew; an hour at most.
        pub impersonation_ttl: Span = Span::hours(1),
    }
}

/// Nobody acts in another's name for longer without doing it anew.
const LONGEST: Span = Span::hours(1);

/// Refuses a longer life before the start.
pub(super) fn check(settings: &Settings, problems: &mut Vec<Problem>) {
    if settings.of::<UserSettings>().impersonation_ttl > LONGEST {
        let key = "users.impersonation_ttl";
        let problem = Problem::new(key, "nobody may act in another's name for longer than an hour", "set at most 1h");
        problems.push(problem.at(settings.origin(key).cloned()));
    }
}

//! The settings `users`.

use guardhouse_core::time::Span;

crate::settings! {
    /// Accounts made by administrators.
    pub struct UserSettings in "users" {
        /// How long the link of an invitation works.
        pub invitation_ttl: Span = Span::days(7),
        /// How long somebody may act in another's name before doing it anew; an hour at most.
        pub impersonation_ttl: Span = Span::hours(1),
    }
}

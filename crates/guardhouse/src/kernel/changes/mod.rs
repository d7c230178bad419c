//! What changed, told to every process through the change log (rulings 12, 13).
//!
//! The truth travels in the database; notifications only wake the reader. Each process holds the set of what
//! [`Ended`] recently and looks into it at each use of a credential. A process that could not read the log for
//! `bus.lease` vouches for nobody.

mod act;
mod ended;
mod listener;
mod reload;
pub mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use guardhouse_core::time::Span;
use guardhouse_store::{Unit, params};

pub use act::Act;
pub use ended::{Ended, Moment};
pub use listener::{listen, load};
pub use reload::Reload;
pub(crate) use store::kept_until;

use super::ctx::Ctx;

/// What a change is about; the key beside it says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A session ended.
    Session,
    /// Something about an account is different now.
    Account,
    /// Signing keys were rotated or retired.
    Keys,
    /// Roles that hold everywhere are other ones now.
    Roles,
    /// Something about a tenant or its roles is different now.
    Tenant,
    /// An API key was revoked, or is different now.
    ApiKey,
    /// Resource policies or their schema are others now.
    Policies,
}

impl Topic {
    const ALL: [Self; 7] =
        [Self::Session, Self::Account, Self::Keys, Self::Roles, Self::Tenant, Self::ApiKey, Self::Policies];

    /// The word in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Account => "account",
            Self::Keys => "keys",
            Self::Roles => "roles",
            Self::Tenant => "tenant",
            Self::ApiKey => "api_key",
            Self::Policies => "policies",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }
}

/// Value of a [`Topic::Session`] or [`Topic::ApiKey`] change that renewed the thing instead of ending it.
pub const RENEWED: i64 = 1;

/// What clocks of nodes and the log's own lag may differ by.
const LAG: Span = Span::minutes(1);

/// Until when an ending must be remembered by what this process knows: the longest life of an access token ever issued,
/// with leeway and lag. What is written is the later of this and of what [`store`] finds in the database.
///
/// HS256 keeps no record of lives, but a token of it is only taken with a live session, so nothing rests on this then.
pub fn keep_until(ctx: &Ctx) -> i64 {
    of_no_life(ctx) + ctx.keys.longest_ttl().max(Span::hours(1)).0
}

/// The same where tokens lived for no time at all.
pub fn of_no_life(ctx: &Ctx) -> i64 {
    (ctx.now() + ctx.settings.tokens.leeway + LAG).0
}

/// Adds a change to a unit.
pub fn append(ctx: &Ctx, unit: Unit, topic: Topic, key: &[u8], value: i64) -> Unit {
    let row = params![ctx.now(), ctx.node, topic.as_str(), key, value, keep_until(ctx), of_no_life(ctx)];
    unit.step(&store::APPEND, row).notify()
}

//! Ending sessions and grants: one commit, one notice to every node, at once on this one (M-03).

use guardhouse_core::{
    ids::{AccountId, SessionId},
    time::Timestamp,
};
use guardhouse_store::{Unit, params};

use super::store;
use crate::kernel::{
    accounts,
    changes::{self, Act},
    ctx::Ctx,
};

/// Why a session ended, for its row and the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The person logged out.
    Logout,
    /// The person ended it from another device.
    Ended,
    /// A spent refresh token came back (RFC 9700, section 4.14.2).
    Reuse,
    /// The password was changed or reset.
    Credential,
    /// The account was disabled.
    Disabled,
    /// An administrator ended it.
    Administrator,
    /// The account had more sessions than the setting allows.
    OverCap,
    /// The same browser signed in to the account again.
    Replaced,
}

impl EndReason {
    /// The word in the row.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Ended => "ended",
            Self::Reuse => "reuse",
            Self::Credential => "credential",
            Self::Disabled => "disabled",
            Self::Administrator => "administrator",
            Self::OverCap => "over_cap",
            Self::Replaced => "replaced",
        }
    }
}

/// Adds the ending of one session to an act.
pub fn end_session(ctx: &Ctx, act: impl Into<Act>, id: SessionId, why: EndReason) -> Act {
    let (now, why) = (ctx.now(), why.as_str());
    let end = |unit: Unit| {
        unit.step(&store::END_SESSION, params![id, now, why]).step(&store::END_GRANTS_OF_SESSION, params![id, now, why])
    };
    act.into().and(end).ends(ctx, id)
}

/// Adds the ending of all sessions and grants of an account to an act, but for one session. Marks of known devices are
/// void from then on.
pub fn end_all(ctx: &Ctx, act: impl Into<Act>, account: AccountId, spare: Option<SessionId>, why: EndReason) -> Act {
    let (now, why) = (ctx.now(), why.as_str());
    let spare = spare.map_or([0; 16], |id| id.bytes());
    act.into().and(|unit| accounts::forget_devices(unit, account)).ends_what_it_returns(|unit| {
        unit.step(&store::END_SESSIONS, params![account, now, why, spare])
            .step(
                &store::LOG_ENDED,
                params![now, ctx.node, changes::keep_until(ctx), account, changes::of_no_life(ctx)],
            )
            .step(&store::END_GRANTS, params![account, now, why, spare])
    })
}

/// Adds the ending of an account's sessions over its cap to an act, but for the newest one. The unit holds the account's
/// row, so logins at the same moment count each other's sessions.
pub fn end_over_cap(ctx: &Ctx, act: impl Into<Act>, account: AccountId, newest: SessionId, cap: u32) -> Act {
    let (now, why) = (ctx.now(), EndReason::OverCap.as_str());
    act.into().ends_what_it_returns(|unit| {
        unit.step(&store::END_OVER_CAP, params![account, now, why, newest, i64::from(cap) - 1])
            .step(
                &store::LOG_ENDED,
                params![now, ctx.node, changes::keep_until(ctx), account, changes::of_no_life(ctx)],
            )
            .step(&store::END_GRANTS_OF_ENDED, params![account, now, why])
    })
}

/// Adds to a unit, as a required step, that the account's session lives; on PostgreSQL this also holds it against an
/// ending at the same moment.
pub fn still_lives(unit: Unit, id: SessionId, account: AccountId, now: Timestamp) -> Unit {
    unit.require(&store::STILL_LIVES, params![id, account, now])
}

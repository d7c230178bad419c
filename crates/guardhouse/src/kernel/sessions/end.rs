//! Ending sessions and grants: one commit, one notice to every node, at once on this one (M-03).

use guardhouse_core::{
    ids::{AccountId, SessionId},
    time::Timestamp,
};
use guardhouse_store::{Outcome, Steps, StoreError, Unit, params};

use super::store;
use crate::kernel::{
    accounts,
    changes::{self, Topic},
    ctx::Ctx,
    errors::Result,
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

/// A unit that ends sessions, and which of its steps says what ended.
pub struct Ending {
    unit: Unit,
    single: Vec<SessionId>,
    returning: Vec<usize>,
}

/// Adds the ending of one session to a unit.
pub fn end_session(ctx: &Ctx, ending: impl Into<Ending>, id: SessionId, why: EndReason) -> Ending {
    let mut ending = ending.into();
    let now = ctx.now();
    let unit = ending
        .unit
        .step(&store::END_SESSION, params![id, now, why.as_str()])
        .step(&store::END_GRANTS_OF_SESSION, params![id, now, why.as_str()]);
    ending.unit = changes::append(ctx, unit, Topic::Session, &id.bytes(), 0);
    ending.single.push(id);
    ending
}

/// Adds the ending of all sessions and grants of an account to a unit, but for one session. Marks of known devices are
/// void from then on.
pub fn end_all(
    ctx: &Ctx,
    ending: impl Into<Ending>,
    account: AccountId,
    spare: Option<SessionId>,
    why: EndReason,
) -> Ending {
    let mut ending = ending.into();
    let now = ctx.now();
    let spare = spare.map_or([0; 16], |id| id.bytes());
    let unit = ending.unit.step(&accounts::store::FORGET_DEVICES, params![account]);
    ending.returning.push(unit.len());
    ending.unit = unit
        .step(&store::END_SESSIONS, params![account, now, why.as_str(), spare])
        .step(&store::LOG_ENDED, params![now, ctx.node, changes::keep_until(ctx), account])
        .step(&store::END_GRANTS, params![account, now, why.as_str(), spare])
        .notify();
    ending
}

/// Adds the ending of an account's sessions over its cap to a unit, but for the newest one. The unit holds the account's
/// row, so logins at the same moment count each other's sessions.
pub fn end_over_cap(ctx: &Ctx, ending: impl Into<Ending>, account: AccountId, newest: SessionId, cap: u32) -> Ending {
    let mut ending = ending.into();
    let (now, why) = (ctx.now(), EndReason::OverCap.as_str());
    ending.returning.push(ending.unit.len());
    ending.unit = ending
        .unit
        .step(&store::END_OVER_CAP, params![account, now, why, newest, i64::from(cap) - 1])
        .step(&store::LOG_ENDED, params![now, ctx.node, changes::keep_until(ctx), account])
        .step(&store::END_GRANTS_OF_ENDED, params![account, now, why])
        .notify();
    ending
}

impl From<Unit> for Ending {
    fn from(unit: Unit) -> Self {
        Self { unit, single: Vec::new(), returning: Vec::new() }
    }
}

impl Ending {
    /// Adds other work to the same unit.
    #[must_use]
    pub fn and(mut self, add: impl FnOnce(Unit) -> Unit) -> Self {
        self.unit = add(self.unit);
        self
    }

    /// Runs the unit; what ended is refused by this node before this returns. `None` when a required step refused it.
    pub async fn run(self, ctx: &Ctx) -> Result<Option<Steps>> {
        Ok(self.run_or_refused(ctx).await?.done())
    }

    /// The same, saying which step refused, or which key stands against it.
    pub async fn run_or_refused(self, ctx: &Ctx) -> Result<Outcome, StoreError> {
        let steps = match ctx.db.run(self.unit).await? {
            Outcome::Done(steps) => steps,
            refused @ Outcome::Refused { .. } => return Ok(refused),
        };
        let until = Timestamp(changes::keep_until(ctx));
        let mut ended = self.single;
        for step in self.returning {
            for row in &steps[step] {
                ended.push(SessionId::from_bytes(row.id16(0)?));
            }
        }
        for id in ended {
            ctx.ended.add(Topic::Session, id.bytes(), until);
            ctx.sessions.forget(id);
        }
        Ok(Outcome::Done(steps))
    }
}

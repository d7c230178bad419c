//! What somebody should hear of at once (M-64, ASVS 6.3.5): an event of the audit log that is logged and counted as well, and
//! that features tell on.
//!
//! A job in the commit of the event does the telling: what was refused or undone is told to nobody, and no caller waits for it.

use std::net::IpAddr;

use guardhouse_core::{ids::AccountId, time::Timestamp};
use guardhouse_store::{
    Unit,
    jobs::{self, Job},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    BoxFuture,
    audit::Event,
    ctx::Ctx,
    errors::{Error, Result},
    jobs::JobKind,
};

/// The kinds, by which alerts are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alert {
    /// A sign-in from a device and a network, or a country, that the account was never used from.
    NewSignIn,
    /// Two sign-ins so far apart that nobody travels between them in the time.
    ImpossibleTravel,
    /// The first factor was right, and the second was not shown, or wrong until it was locked.
    HalfDone,
    /// A refresh token was shown that must not exist any more.
    TokenReuse,
    /// One network tries many accounts.
    CredentialStuffing,
    /// More failed logins of all than usual.
    FailedLogins,
}

impl Alert {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NewSignIn,
        Self::ImpossibleTravel,
        Self::HalfDone,
        Self::TokenReuse,
        Self::CredentialStuffing,
        Self::FailedLogins,
    ];

    /// In the log, in metrics and in letters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewSignIn => "new_sign_in",
            Self::ImpossibleTravel => "impossible_travel",
            Self::HalfDone => "half_done",
            Self::TokenReuse => "token_reuse",
            Self::CredentialStuffing => "credential_stuffing",
            Self::FailedLogins => "failed_logins",
        }
    }
}

/// An alert that was raised.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Raised {
    /// Its kind.
    pub alert: Alert,
    /// The event in the audit log.
    pub action: String,
    /// Whom it concerns, where that is known.
    pub account: Option<AccountId>,
    /// From where it came, where that is known.
    pub ip: Option<IpAddr>,
    /// When it happened.
    #[serde(serialize_with = "write_micros", deserialize_with = "read_micros")]
    pub at: Timestamp,
}

/// Exact, which the text of a time for people is not.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn write_micros<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(at.0)
}

fn read_micros<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    i64::deserialize(from).map(Timestamp)
}

/// The seam: what a feature adds to the unit that tells of an alert, such as letters.
pub type Tells = for<'a> fn(&'a Ctx, &'a Raised, Unit) -> BoxFuture<'a, Result<Unit>>;

const KIND: &str = "alerts.tell";

/// Tells of what was raised.
pub const JOB: JobKind = JobKind::Queued { kind: KIND, run: |ctx, job| Box::pin(tell(ctx, job)) };

/// Adds the event to the unit, and that it is told.
pub fn raise(ctx: &Ctx, alert: Alert, event: Event, unit: Unit) -> Result<Unit> {
    raise_at(ctx, alert, event, ctx.now(), unit)
}

/// The same for what happened earlier.
pub fn raise_at(ctx: &Ctx, alert: Alert, event: Event, at: Timestamp, unit: Unit) -> Result<Unit> {
    let (action, account, ip) = (event.action().to_owned(), event.account(), event.ip());
    let raised = serde_json::to_vec(&Raised { alert, action, account, ip, at }).map_err(Error::internal)?;
    let job = Job::new(KIND, ctx.ring.seal(KIND.as_bytes(), &raised), ctx.now());
    Ok(ctx.audit.step(ctx, jobs::enqueue(unit, &job), event))
}

/// Raises what stands alone.
pub async fn record(ctx: &Ctx, alert: Alert, event: Event) -> Result<()> {
    let unit = raise(ctx, alert, event, Unit::new())?;
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

async fn tell(ctx: &Ctx, job: &Job) -> Result<()> {
    let raised = ctx.ring.open(KIND.as_bytes(), &job.payload).map_err(Error::internal)?;
    let raised: Raised = serde_json::from_slice(&raised).map_err(Error::internal)?;
    let mut unit = Unit::new();
    for tells in &ctx.tells {
        unit = tells(ctx, &raised, unit).await?;
    }
    if !unit.is_empty() {
        let _ = ctx.db.run(unit).await?;
    }
    let account = raised.account.map(|account| account.to_string());
    tracing::warn!(target: "guardhouse::alert", alert = raised.alert.name(), action = raised.action, account, "alert");
    ctx.meters.alert(raised.alert);
    Ok(())
}

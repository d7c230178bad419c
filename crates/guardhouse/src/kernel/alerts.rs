//! What somebody should hear of at once (M-64, ASVS 6.3.5): an event of the audit log that is logged and counted as well, and
//! that features tell on.

use guardhouse_store::Unit;

use super::{BoxFuture, audit::Event, ctx::Ctx, errors::Result};

/// The kinds, by which alerts are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    /// A sign-in from a device and a network, or a country, that the account was never used from.
    NewSignIn,
    /// Two sign-ins so far apart that nobody travels between them in the time.
    ImpossibleTravel,
    /// The first factor was right, and the second was not shown, or wrong until it was locked.
    HalfDone,
    /// A spent refresh token was shown again.
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

    /// In the log, in metrics and in settings.
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

/// The seam: what a feature adds to the unit of an alert, such as letters.
pub type Tells = for<'a> fn(&'a Ctx, Alert, &'a Event, Unit) -> BoxFuture<'a, Result<Unit>>;

/// Adds the event to the unit, and all that tells of it.
pub async fn raise(ctx: &Ctx, alert: Alert, event: Event, unit: Unit) -> Result<Unit> {
    let account = event.account().map(|account| account.to_string());
    tracing::warn!(target: "guardhouse::alert", alert = alert.name(), action = event.action(), account, "alert");
    ctx.meters.alert(alert);
    let mut unit = unit;
    for tells in &ctx.tells {
        unit = tells(ctx, alert, &event, unit).await?;
    }
    Ok(ctx.audit.step(ctx, unit, event))
}

/// The same for an event that stands alone.
pub async fn record(ctx: &Ctx, alert: Alert, event: Event) -> Result<()> {
    let unit = raise(ctx, alert, event, Unit::new()).await?;
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

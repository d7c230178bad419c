//! The one door to a session.
//!
//! Every way to sign in ends here with a [`Verified`]: [`enter`] makes a session of it, [`prove_again`] renews the one
//! that is there, [`check_once`] makes none. Account status, e-mail verification, the attempt to give back, session
//! renewal, the known device, last login, metrics and audit happen here once; no sign-in method can forget one of them.
//! Nothing else makes or renews what carries a session: that asks for an `Admission`, and only this module has one.

mod again;
mod answer;
mod assurance;
pub mod device;
mod enter;
mod impersonate;
mod made;
mod once;
mod proved;
mod refresh;
mod second;
mod switch;
mod tenant;

use guardhouse_core::time::Span;
use guardhouse_store::Unit;

pub use again::{enrol, prove_again};
pub use answer::{Delivery, Entered, LoginAnswer};
pub use enter::{Arrival, SignIn, SignsIn, enter};
pub use impersonate::{IMPERSONATE, Impersonation, impersonate};
pub use once::check_once;
pub use proved::{Proved, may_prove};
pub use refresh::{refresh, renew_cookie};
pub use second::{Answer, JOB, MIGRATION, STATEMENTS, SWEEP, WATCHED, answer, challenge, challenge_again, step_up};
pub use switch::switch;

use super::{
    accounts::Account,
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    limits::attempts::{self, Reserved},
    settings::VerifyEmail,
};

/// What waited for a second factor is kept so long after its end.
const KEPT: Span = Span::days(1);

/// A proof lasts so long for acts that ask for a recent one (ASVS 7.5).
pub const RECENT: Span = Span::minutes(5);

/// Somebody proved to be an account; nothing has been made of it yet.
pub struct Verified {
    /// Who.
    pub account: Account,
    /// How (RFC 8176): `pwd`, `otp`, …
    pub amr: Vec<&'static str>,
    /// What the login is called in the audit log: `password.login`.
    pub action: &'static str,
    /// What must still hold in the same commit, such as the hash that was verified being the stored one.
    pub proof: Unit,
    /// What is answered where it does not.
    pub refused: fn() -> Error,
    /// The attempt to give back.
    pub reserved: Option<Reserved>,
}

/// That somebody came through the door: what makes or renews a session asks for it, and nobody else can give one.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Admission(());

/// What keeps an account out although the proof was right. Said only then, so that nobody learns it by guessing.
pub fn refusal(ctx: &Ctx, account: &Account) -> Option<Error> {
    if account.disabled_at.is_some() {
        return Some(disabled());
    }
    if !account.email_verified() && ctx.settings.registration.verify_email == VerifyEmail::Required {
        return Some(Error::new(
            Code::EmailNotVerified,
            "Verify your e-mail address first; a mail with a link was sent.",
        ));
    }
    None
}

fn disabled() -> Error {
    Error::new(Code::AccountDisabled, "This account is disabled.")
}

/// The refusal of a session that has ended.
pub fn ended() -> Error {
    Error::new(Code::TokenRevoked, "The session has ended.")
}

/// Lets nobody in whom [`refusal`] keeps out, and says so in the audit log.
async fn admit(ctx: &Ctx, verified: &Verified, client: &Client) -> Result<Admission> {
    let refused = refusal(ctx, &verified.account).map_or(Ok(Admission(())), Err);
    kept_out(ctx, verified, client, refused).await
}

/// Says in the audit log whom something keeps out whose proof was right, and gives the attempt back. A fault of ours
/// keeps nobody out.
async fn kept_out<T>(ctx: &Ctx, verified: &Verified, client: &Client, outcome: Result<T>) -> Result<T> {
    let error = match outcome {
        Err(error) if !error.code().status().is_server_error() => error,
        other => return other,
    };
    let event = Event::new(verified.action, Outcome::Denied)
        .subject(verified.account.id)
        .client(client)
        .detail("reason", error.code().as_str());
    let unit = verified.reserved.iter().fold(Unit::new(), attempts::give_back);
    let _ = ctx.db.run(ctx.audit.step(ctx, unit, event)).await?;
    ctx.meters.login(false);
    Err(error)
}

/// An attempt that was right is nobody's failure, even where the act could not be written.
async fn unless_written<T>(ctx: &Ctx, reserved: Option<Reserved>, outcome: Result<T>) -> Result<T> {
    match reserved {
        Some(reserved) => attempts::unless_written(ctx, reserved, outcome).await,
        None => outcome,
    }
}

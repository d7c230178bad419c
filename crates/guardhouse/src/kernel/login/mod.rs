//! The one door to a session.
//!
//! Every way to sign in ends here with a [`Verified`]. Account status, e-mail verification, session renewal, the known
//! device, last login, metrics and audit happen here once; no sign-in method can forget one of them.

mod answer;
pub mod device;
mod impersonate;
mod settings;

use guardhouse_core::{
    ids::{AccountId, GrantId, SessionId, TenantId},
    opaque::{Stamped, StampedKind},
    principal::Assurance,
    secret,
    time::Span,
};
use guardhouse_store::{Outcome, Unit, params};

pub use answer::{Carried, Delivery, Entered, LoginAnswer, carried};
pub use impersonate::{IMPERSONATE, Impersonation, impersonate};
pub use settings::{RegistrationSettings, VerifyEmail};

use super::{
    accounts::{self, Account},
    audit::{self, Event},
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    limits::attempts::{self, Reserved},
    sessions::{self, EndReason, Ending, NewGrant, NewSession, end_session},
    tokens::Issue,
};

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

/// How somebody arrives.
pub struct Arrival {
    /// From where.
    pub client: Client,
    /// What carries the session.
    pub delivery: Delivery,
    /// Whether to be remembered.
    pub remember: bool,
    /// What the person calls the device.
    pub device_name: Option<String>,
    /// The mark of a known device, as its cookie has it.
    pub device: Option<String>,
    /// The session that the same browser carries already, as its cookie has it.
    pub cookie: Option<String>,
}

/// Makes the session.
pub async fn enter(ctx: &Ctx, verified: Verified, arrival: Arrival) -> Result<Entered> {
    if let Some(refusal) = refusal(ctx, &verified.account) {
        return refuse(ctx, verified, &arrival, refusal).await;
    }
    let Verified { account, amr, action, proof, refused, reserved } = verified;
    let now = ctx.now();
    let session = new_session(ctx, account.id, &amr, &arrival);
    let grant = (arrival.delivery == Delivery::Tokens).then(|| new_grant(ctx, &session));

    let proofs = proof.len();
    let unit = proof.require(&accounts::store::LOGGED_IN, params![account.id, now]);
    let unit = sessions::create(unit, &session, &arrival.client, now);
    let unit = grant.iter().fold(unit, |unit, grant| sessions::create_grant(unit, grant, &arrival.client, now));
    let unit = reserved.iter().fold(unit, attempts::give_back);
    let event =
        Event::new(action, audit::Outcome::Success).subject(account.id).session(session.id).client(&arrival.client);
    let replaced = replaced(ctx, &arrival, account.id).await?;
    let event = replaced.into_iter().fold(event, |event, id| event.detail("replaced", id));
    let ending = Ending::from(ctx.audit.step(ctx, unit, event));
    let ending = replaced.into_iter().fold(ending, |ending, id| end_session(ctx, ending, id, EndReason::Replaced));
    match keep_cap(ctx, ending, &session).run_or_refused(ctx).await? {
        Outcome::Done(_) => {}
        Outcome::Refused { step } if step < proofs => return Err(refused()),
        Outcome::Refused { .. } => return Err(disabled()),
    }
    accounts::forget(ctx, account.id);
    ctx.meters.login(true);

    let mut account = account;
    account.last_login_at = Some(now);
    let whose = Issue {
        account: &account,
        session: session.id,
        until: session.expires_at,
        tenant: None,
        assurance: &session.assurance,
        actor: None,
    };
    let entered = answer::carried(ctx, &whose, &credential(ctx, &session, grant.as_ref()))?;
    Ok(entered.known_device(device::renew(ctx, arrival.device.as_deref(), &account)))
}

/// The account's own session that the browser's new cookie takes the place of (ASVS 7.2.4). A cookie that is not genuine,
/// or another account's, ends nothing: whoever planted it ends nobody's login.
async fn replaced(ctx: &Ctx, arrival: &Arrival, account: AccountId) -> Result<Option<SessionId>> {
    let shown = arrival.cookie.as_deref().filter(|_| arrival.delivery == Delivery::Cookie);
    let Some(shown) = shown.and_then(|text| Stamped::parse(StampedKind::Cookie, text)) else { return Ok(None) };
    let held = sessions::live(ctx, SessionId::from_bytes(shown.id)).await?;
    let own = held.filter(|held| held.account == account && shown.proves(&ctx.ring, &held.salt));
    Ok(own.map(|held| held.id))
}

fn new_session(ctx: &Ctx, account: AccountId, amr: &[&str], arrival: &Arrival) -> NewSession {
    let now = ctx.now();
    let lifetime = if arrival.remember { ctx.settings.sessions.remember_me } else { ctx.settings.sessions.absolute };
    NewSession {
        id: SessionId::new(now),
        account,
        tenant: None::<TenantId>,
        assurance: Assurance { amr: amr.iter().map(ToString::to_string).collect(), auth_time: now },
        expires_at: now + lifetime,
        remember: arrival.remember,
        cookie: arrival.delivery == Delivery::Cookie,
        device_name: arrival.device_name.clone(),
        salt: secret::random(),
        actor: None,
    }
}

fn new_grant(ctx: &Ctx, session: &NewSession) -> NewGrant {
    let now = ctx.now();
    NewGrant {
        id: GrantId::new(now),
        session: session.id,
        account: session.account,
        tenant: session.tenant,
        salt: secret::random(),
        expires_at: (now + ctx.settings.tokens.refresh_ttl).min(session.expires_at),
        limit_at: session.expires_at,
    }
}

/// What carries a new session: the first refresh token of its grant, or its first cookie.
fn credential(ctx: &Ctx, session: &NewSession, grant: Option<&NewGrant>) -> Carried {
    match grant {
        Some(grant) => Carried::Tokens {
            refresh: Stamped::issue(&ctx.ring, StampedKind::Refresh, grant.id.bytes(), 1, &grant.salt),
            expires_at: grant.expires_at,
        },
        None => Carried::Cookie {
            cookie: Stamped::issue(&ctx.ring, StampedKind::Cookie, session.id.bytes(), 1, &session.salt),
            life: session.remember.then(|| session.expires_at.since(ctx.now())),
        },
    }
}

/// What keeps an account out although the proof was right. Said only then, so that nobody learns it by guessing.
pub fn refusal(ctx: &Ctx, account: &Account) -> Option<Error> {
    if account.disabled_at.is_some() {
        return Some(disabled());
    }
    if !account.email_verified() && ctx.settings.of::<RegistrationSettings>().verify_email == VerifyEmail::Required {
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

async fn refuse(ctx: &Ctx, verified: Verified, arrival: &Arrival, error: Error) -> Result<Entered> {
    let event = Event::new(verified.action, audit::Outcome::Denied)
        .subject(verified.account.id)
        .client(&arrival.client)
        .detail("reason", error.code().as_str());
    let unit = verified.reserved.iter().fold(Unit::new(), attempts::give_back);
    let _ = ctx.db.run(ctx.audit.step(ctx, unit, event)).await?;
    ctx.meters.login(false);
    Err(error)
}

/// With a cap on sessions the least lately used ones make room.
fn keep_cap(ctx: &Ctx, ending: Ending, made: &NewSession) -> Ending {
    match ctx.settings.sessions.max_per_user {
        0 => ending,
        cap => sessions::end_over_cap(ctx, ending, made.account, made.id, cap),
    }
}

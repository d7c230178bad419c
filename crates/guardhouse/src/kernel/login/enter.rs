//! Signing in: a session of one's own.

use guardhouse_core::{
    ids::{AccountId, SessionId},
    opaque::{Stamped, StampedKind},
    principal::Assurance,
};
use guardhouse_store::{Outcome, Unit};
use http::HeaderMap;

use super::{
    Admission, Delivery, Entered, Verified, admit, answer, device, disabled, kept_out,
    made::{Made, Wanted},
    second, tenant, unless_written,
};
use crate::kernel::{
    BoxFuture,
    accounts::{self, Account},
    audit::{self, Event},
    changes::Act,
    ctx::Ctx,
    errors::Result,
    http::{client::Client, cookies},
    limits::attempts,
    sessions::{self, EndReason, end_session},
};

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
    /// The tenant to sign in to: its name in URLs, or its id.
    pub tenant: Option<String>,
    /// The session that the same browser carries already, as its cookie has it.
    pub cookie: Option<String>,
}

impl Arrival {
    /// By a request, with what its cookies say, for a session that asks for nothing special.
    pub fn of(ctx: &Ctx, client: Client, headers: &HeaderMap, delivery: Option<Delivery>) -> Self {
        Self {
            client,
            delivery: delivery.unwrap_or_default(),
            remember: false,
            device_name: None,
            device: cookies::device(ctx, headers).map(str::to_owned),
            tenant: None,
            cookie: cookies::session(ctx, headers).map(str::to_owned),
        }
    }

    /// Whether the browser carries a mark of an earlier sign-in to the account.
    pub(super) fn is_known_to(&self, ctx: &Ctx, account: &Account) -> bool {
        self.device.as_deref().is_some_and(|mark| device::known(ctx, mark, account).is_some())
    }
}

/// Makes the session.
pub async fn enter(ctx: &Ctx, verified: Verified, arrival: Arrival) -> Result<Entered> {
    let reserved = verified.reserved;
    unless_written(ctx, reserved, admitted(ctx, verified, &arrival).await).await
}

async fn admitted(ctx: &Ctx, verified: Verified, arrival: &Arrival) -> Result<Entered> {
    let admission = admit(ctx, &verified, &arrival.client).await?;
    if second::is_due(ctx, &verified, arrival).await? {
        return Err(second::ask(ctx, verified, arrival).await?);
    }
    let mut wanted = wanted(ctx, &verified, arrival);
    if let Some(named) = &arrival.tenant {
        let entry = tenant::enter(ctx, &verified.account, named, &wanted.assurance).await;
        wanted.tenant = Some(kept_out(ctx, &verified, &arrival.client, entry).await?);
    }
    let made = Made::new(ctx, wanted);
    let mut account = verified.account.clone();
    write(ctx, admission, verified, &made, arrival).await?;
    ctx.accounts.forget(account.id);
    ctx.meters.login(true);
    account.last_login_at = Some(ctx.now());
    let entered = answer::carried(ctx, &made.whose(&account), &made.carried(ctx))?;
    Ok(entered.known_device(device::renew(ctx, arrival.device.as_deref(), &account)))
}

fn wanted(ctx: &Ctx, verified: &Verified, arrival: &Arrival) -> Wanted {
    let lives = &ctx.settings.sessions;
    let amr = verified.amr.iter().map(ToString::to_string).collect();
    Wanted {
        account: verified.account.id,
        assurance: Assurance { amr, auth_time: ctx.now() },
        life: if arrival.remember { lives.remember_me } else { lives.absolute },
        remember: arrival.remember,
        delivery: arrival.delivery,
        device_name: arrival.device_name.clone(),
        tenant: None,
        actor: None,
    }
}

async fn write(ctx: &Ctx, admission: Admission, verified: Verified, made: &Made, arrival: &Arrival) -> Result<()> {
    let Verified { account, action, proof, refused, reserved, .. } = verified;
    let client = &arrival.client;
    let proofs = proof.len();
    let failures = reserved.map_or(0, |reserved| reserved.failures - 1);
    let unit = accounts::signed_in(proof, account.id, ctx.now());
    let unit = made.add(admission, ctx, unit, client);
    let unit = reserved.iter().fold(unit, attempts::give_back);
    let event = Event::new(action, audit::Outcome::Success).subject(account.id).session(made.session.id).client(client);
    let event = event.tenant(made.session.tenant);
    let replaced = replaced(ctx, arrival, account.id).await?;
    let event = replaced.into_iter().fold(event, |event, id| event.detail("replaced", id));
    let unit = told(ctx, &account, arrival, failures, ctx.audit.step(ctx, unit, event)).await?;
    let act = Act::from(unit);
    let act = replaced.into_iter().fold(act, |act, id| end_session(ctx, act, id, EndReason::Replaced));
    match keep_cap(ctx, act, made).run_or_refused(ctx).await? {
        Outcome::Done(_) => Ok(()),
        Outcome::Refused { step } if step < proofs => Err(refused()),
        Outcome::Refused { .. } => Err(disabled()),
    }
}

/// A sign-in that is about to be written.
pub struct SignIn<'a> {
    /// Whose.
    pub account: &'a Account,
    /// From where.
    pub client: &'a Client,
    /// Whether the browser carries a mark of an earlier sign-in.
    pub known_device: bool,
    /// How often the proof failed in a row before it was right.
    pub failures: i64,
}

/// The seam: what a feature adds to each sign-in.
pub type SignsIn = for<'a> fn(&'a Ctx, &'a SignIn<'a>, Unit) -> BoxFuture<'a, Result<Unit>>;

async fn told(ctx: &Ctx, account: &Account, arrival: &Arrival, failures: i64, unit: Unit) -> Result<Unit> {
    let sign_in =
        SignIn { account, client: &arrival.client, known_device: arrival.is_known_to(ctx, account), failures };
    let mut unit = unit;
    for signs_in in &ctx.signs_in {
        unit = signs_in(ctx, &sign_in, unit).await?;
    }
    Ok(unit)
}

/// The account's own session that the browser's new cookie takes the place of (ASVS 7.2.4). A cookie that is not genuine,
/// or another account's, ends nothing: whoever planted it ends nobody's login.
async fn replaced(ctx: &Ctx, arrival: &Arrival, account: AccountId) -> Result<Option<SessionId>> {
    let shown = arrival.cookie.as_deref().filter(|_| arrival.delivery == Delivery::Cookie);
    let Some(shown) = shown.and_then(|text| Stamped::parse(StampedKind::Cookie, text)) else { return Ok(None) };
    let held = sessions::live(ctx, SessionId::from_bytes(shown.id)).await?;
    let own = held.filter(|held| held.account == account && held.is_proved_by(ctx, &shown));
    Ok(own.map(|held| held.id))
}

/// With a cap on sessions the least lately used ones make room.
fn keep_cap(ctx: &Ctx, act: Act, made: &Made) -> Act {
    match ctx.settings.sessions.max_per_user {
        0 => act,
        cap => sessions::end_over_cap(ctx, act, made.session.account, made.session.id, cap),
    }
}

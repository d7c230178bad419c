//! Checking a password: the attempt is counted first, and an unknown account costs what a known one does (M-12, `A17`).

use guardhouse_core::{
    email::EmailAddress,
    ids::{AccountId, SessionId},
    password::{Password, PasswordHash},
    principal::Principal,
    time::Timestamp,
};
use guardhouse_store::{Unit, params};

use super::store;
use crate::kernel::{
    accounts::{self, Account},
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Code, Error, Result},
    hashing::{Place, Verdict},
    http::client::Client,
    limits::{
        self,
        attempts::{self, Reserved, Target},
    },
    login::{Proved, Verified, device, may_prove},
    principal::in_person,
    risk,
};

const PROOF: &str = "password.proof";

/// A right password.
pub struct Right {
    /// Whose.
    pub account: Account,
    /// The attempt to give back in the commit that follows.
    pub reserved: Reserved,
    /// A required step: the verified password is still the account's.
    pub still: Unit,
    /// The hash that is stored once that step is done.
    pub hash: String,
}

impl Right {
    /// What the door takes: `action` is what the login is called in the audit log, `refused` what is answered where the
    /// password was changed meanwhile.
    pub fn verified(self, action: &'static str, refused: fn() -> Error) -> Verified {
        let Self { account, reserved, still, .. } = self;
        Verified { account, amr: vec!["pwd"], action, proof: still, refused, reserved: Some(reserved) }
    }
}

/// Who tries, and from where.
pub struct Attempt<'a> {
    /// The address that was typed.
    pub email: &'a EmailAddress,
    /// What was typed as its password.
    pub password: Password,
    /// From where.
    pub client: &'a Client,
    /// The mark of a known device.
    pub device: Option<&'a str>,
    /// The session of somebody who is signed in already.
    pub session: Option<SessionId>,
    /// What the attempt is called in the audit log.
    pub action: &'static str,
}

/// The one answer to every wrong password and unknown address.
pub fn wrong() -> Error {
    Error::new(Code::InvalidCredentials, "E-mail address or password is wrong.")
}

/// Checks the password of an address.
pub async fn check(ctx: &Ctx, attempt: Attempt<'_>) -> Result<Right> {
    // Room is asked for before the look-up, so that a full queue answers alike for known and unknown addresses.
    let place = ctx.hasher.place()?;
    let account = accounts::by_email(ctx, attempt.email).await?;
    let target = target(ctx, &attempt, account.as_ref());
    let reserved = limits::reserve(ctx, target, attempt.client).await?;
    let known = account.as_ref().map(|account| account.id);
    if let Some((account, still, hash)) = verify(ctx, place, attempt.email, account, attempt.password).await? {
        limits::refund(ctx, attempt.client).await?;
        return Ok(Right { account, reserved, still, hash });
    }
    failed(ctx, attempt.client, attempt.action, known, &reserved).await?;
    risk::failed(ctx, attempt.email, attempt.client).await?;
    Err(wrong())
}

/// What the attempt counts against: the address, or the session or the device that signed in to this very account
/// before, so that no stranger locks its owner out.
fn target(ctx: &Ctx, attempt: &Attempt<'_>, account: Option<&Account>) -> Target {
    let own = account.and_then(|account| {
        let session = attempt.session.map(|session| of_session(ctx, session, account.id));
        session.or_else(|| of_device(ctx, attempt.device?, account))
    });
    own.unwrap_or_else(|| of_address(ctx, attempt.email))
}

fn of_session(ctx: &Ctx, session: SessionId, account: AccountId) -> Target {
    Target::new(ctx, "session", &[&session.bytes()]).of(account)
}

fn of_device(ctx: &Ctx, mark: &str, account: &Account) -> Option<Target> {
    let device = device::known(ctx, mark, account)?;
    Some(Target::new(ctx, "device", &[&account.id.bytes(), &device.id]).of(account.id))
}

/// What attempts of a device count against that signed in to the account of an address before.
pub(super) async fn of_known_device(ctx: &Ctx, email: &EmailAddress, mark: Option<&str>) -> Result<Option<Target>> {
    let Some(mark) = mark else { return Ok(None) };
    Ok(accounts::by_email(ctx, email).await?.and_then(|account| of_device(ctx, mark, &account)))
}

/// What attempts of strangers on an address count against.
pub fn of_address(ctx: &Ctx, email: &EmailAddress) -> Target {
    Target::new(ctx, "password", &[email.key().as_bytes()])
}

/// Adds to a unit that attempts on an address start anew: those of strangers, and those of all devices and sessions of
/// its account.
pub fn unlock(ctx: &Ctx, unit: Unit, email: &EmailAddress, account: AccountId) -> Unit {
    attempts::unlock(unit, of_address(ctx, email), account)
}

/// The account's password as it is kept.
pub async fn stored_hash(ctx: &Ctx, account: AccountId) -> Result<Option<String>> {
    Ok(ctx.db.first(&store::FIND, params![account]).await?.map(|row| row.text(0)).transpose()?)
}

async fn verify(
    ctx: &Ctx,
    place: Place,
    email: &EmailAddress,
    account: Option<Account>,
    password: Password,
) -> Result<Option<(Account, Unit, String)>> {
    let stored = stored(ctx, account.as_ref()).await?;
    let hash = match &stored {
        Some(stored) => PasswordHash::parse(&stored.hash).map_err(Error::internal)?,
        None => ctx.hasher.dummy(seed(ctx, email)),
    };
    match (place.verify(password, hash).await?, account, stored) {
        (Verdict::Right { upgrade }, Some(account), Some(Stored { hash, generation, set_at })) => {
            let kept = upgrade.unwrap_or_else(|| hash.clone());
            let still = params![account.id, generation, set_at, hash, kept.clone()];
            let still = Unit::new().require(&store::STILL, still);
            Ok(Some((account, still, kept)))
        }
        _ => Ok(None),
    }
}

/// A password as it was when it was read.
struct Stored {
    hash: String,
    /// How often it was set.
    generation: i64,
    set_at: Timestamp,
}

/// Asked for an unknown address too: it costs what a known one does (`A17`).
async fn stored(ctx: &Ctx, account: Option<&Account>) -> Result<Option<Stored>> {
    let id = account.map_or([0; 16], |account| account.id.bytes());
    let row = ctx.db.first(&store::FIND, params![id]).await?;
    row.map(|row| Ok(Stored { hash: row.text(0)?, generation: row.int(1)?, set_at: Timestamp(row.int(2)?) }))
        .transpose()
}

/// Picks the scheme that an unknown address costs, always the same one for the same address.
fn seed(ctx: &Ctx, email: &EmailAddress) -> u64 {
    let mac = ctx.ring.index(&[b"dummy", email.key().as_bytes()]);
    u64::from_be_bytes([mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], mac[6], mac[7]])
}

async fn failed(
    ctx: &Ctx,
    client: &Client,
    action: &'static str,
    known: Option<AccountId>,
    reserved: &Reserved,
) -> Result<()> {
    ctx.meters.login(false);
    let mut event = Event::new(action, Outcome::Failure).client(client).detail("failures", reserved.failures);
    if let Some(account) = known {
        event = event.subject(account);
    }
    ctx.audit.record(ctx, event).await?;
    if reserved.last {
        let mut event =
            Event::new("password.locked", Outcome::Denied).client(client).detail("failures", reserved.failures);
        if let Some(account) = known {
            event = event.subject(account);
        }
        ctx.audit.record(ctx, event).await?;
    }
    Ok(())
}

/// Checks one's own password again; the attempt counts like a login's, against the session.
pub(super) async fn own(ctx: &Ctx, principal: &Principal, password: Password, client: &Client) -> Result<Right> {
    in_person(principal)?;
    let account = accounts::existing(ctx, principal.subject).await?;
    let session = principal.session;
    let attempt = Attempt { email: &account.email, password, client, device: None, session, action: PROOF };
    check(ctx, attempt).await
}

/// For acts that need a recent proof (ASVS 7.5.1): the session's proof is fresh, or the password is sent along.
pub async fn recent_proof(
    ctx: &Ctx,
    principal: &Principal,
    password: Option<Password>,
    client: &Client,
) -> Result<Proved> {
    let Some(password) = password else { return Proved::lately(ctx, principal).await };
    may_prove(ctx, principal)?;
    let right = own(ctx, principal, password, client).await?;
    Proved::now(ctx, principal, right.verified(PROOF, wrong)).await
}

/// Looks which recipes stored hashes have, so that unknown accounts cost like known ones: those of the oldest accounts,
/// of the newest, and of some made in between, since an import is in one place.
pub async fn sample(ctx: &Ctx) -> Result<()> {
    let mut rows = ctx.db.scan(&store::SAMPLE, params![[0u8; 16]]).await?;
    let newest = ctx.db.scan(&store::NEWEST, params![]).await?;
    if let (Some(first), Some(last)) = (rows.first(), newest.first()) {
        let (first, last) = (u128::from_be_bytes(first.id16(0)?), u128::from_be_bytes(last.id16(0)?));
        let steps = last.saturating_sub(first) / (BETWEEN + 1);
        for step in 1..=BETWEEN {
            rows.extend(ctx.db.scan(&store::SAMPLE, params![(first + step * steps).to_be_bytes()]).await?);
        }
    }
    let rows = rows.iter().chain(&newest);
    let recipes = rows.filter_map(|row| Some(PasswordHash::parse(row.str(1).ok()?).ok()?.recipe()));
    ctx.hasher.set_recipes(recipes.collect());
    Ok(())
}

/// How many places between the oldest and the newest account are looked at.
const BETWEEN: u128 = 8;

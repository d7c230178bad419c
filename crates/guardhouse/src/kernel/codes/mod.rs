//! One-time links and codes sent by mail (M-15, M-16, `A9`, `A12`, `A22`).
//!
//! A link carries 256 random bits of which the database keeps the SHA-256; a code to type has six digits, lives ten
//! minutes and allows five tries. Both are bound to the address they were sent to, and consumed by one conditional
//! update in the same commit as what they permit: used twice, in parallel or after their time, they are worth nothing.

pub mod store;

use guardhouse_core::{
    email::EmailAddress,
    ids::{AccountId, CodeId},
    master_key::Purpose as MacPurpose,
    opaque::MailedCode,
    secret,
    time::{Span, Timestamp},
};
use guardhouse_store::{BATCH, Row, Unit, params};

use super::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    feature::PersonalData,
    jobs::Sweep,
    keys::{self, ByMasterKey},
    mail::{Letter, Template, context},
};

/// What a code permits: a constant of the feature that sends it, which lists it under `purposes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// The word in the row; no two purposes have one.
    pub name: &'static str,
    /// The page that takes its link.
    pub page: &'static str,
    /// Whether whoever has the code can take the account over. Such ones are worth nothing once its password is another
    /// (`A22`).
    pub takes_over: bool,
}

/// A code to type lives no longer (ASVS 6.5.5).
const SHORT_LIFE: Span = Span::minutes(10);
/// Tries of a code to type.
const TRIES: i64 = 5;

/// A code about to be sent.
pub struct NewCode<'a> {
    /// What it permits.
    pub purpose: Purpose,
    /// Whose it is, where there is an account.
    pub account: Option<AccountId>,
    /// The address it is sent to.
    pub email: &'a EmailAddress,
    /// How long the link lives.
    pub life: Span,
    /// What must be known when it is used; sealed.
    pub payload: Option<&'a [u8]>,
}

/// What the letter carries.
struct Issued {
    /// For the link.
    link: String,
    /// To type: six digits.
    digits: String,
}

/// Adds a code to a unit, and the letter that carries it to its address; earlier unused ones of the same purpose and
/// account are forgotten.
pub fn send(ctx: &Ctx, unit: Unit, new: &NewCode<'_>, template: &'static Template) -> Result<Unit> {
    let (unit, issued) = issue(ctx, unit, new);
    let link = ctx.links.page(new.purpose.page, &[("token", &issued.link)]);
    let context = context! { link, code => issued.digits, valid => new.life.to_string() };
    ctx.mail.enqueue(ctx, unit, &Letter::new(new.email.clone(), template, context))
}

fn issue(ctx: &Ctx, unit: Unit, new: &NewCode<'_>) -> (Unit, Issued) {
    let now = ctx.now();
    let id = CodeId::new(now);
    let code = MailedCode::new(id.bytes());
    let digits = format!("{:06}", secret::random_below(1_000_000));
    let unit = match new.account {
        Some(account) => unit.step(&store::FORGET, params![account, new.purpose.name]),
        None => unit,
    };
    let unit = unit.step(
        &store::INSERT,
        params![
            id,
            new.purpose.name,
            new.account,
            new.email.as_str(),
            new.email.key(),
            code.digest(),
            short_digest(ctx, id.bytes(), &digits),
            now,
            now + new.life,
            now + SHORT_LIFE.min(new.life),
            new.payload.map(|payload| ctx.ring.seal(&sealed_with(id.bytes()), payload)),
        ],
    );
    (unit, Issued { link: code.text(), digits })
}

fn sealed_with(id: [u8; 16]) -> Vec<u8> {
    [b"one_time_codes/".as_slice(), &id].concat()
}

/// Six digits would be guessed from a plain digest, so theirs is keyed.
fn short_digest(ctx: &Ctx, id: [u8; 16], digits: &str) -> Vec<u8> {
    ctx.ring.tag(MacPurpose::Code, &[&id, digits.as_bytes()]).to_vec()
}

fn same_digits(ctx: &Ctx, id: [u8; 16], digits: &str, stored: &[u8]) -> bool {
    ctx.ring.is_tag(MacPurpose::Code, &[&id, digits.as_bytes()], stored)
}

/// A code that was shown and is genuine; [`consume`] still has to succeed.
pub struct Found {
    id: [u8; 16],
    /// What it permits.
    pub purpose: Purpose,
    /// Whose it is.
    pub account: Option<AccountId>,
    /// The address it was sent to.
    pub email: EmailAddress,
    /// What was sealed with it.
    pub payload: Option<Vec<u8>>,
}

/// The answer to every code that is used up, expired, altered or never was.
pub fn invalid() -> Error {
    Error::new(Code::InvalidLink, "This link or code was used before, has expired, or is not valid. Ask for a new one.")
}

/// The code of a link.
pub async fn by_link(ctx: &Ctx, text: &str, accepted: &[Purpose]) -> Result<Found> {
    let shown = MailedCode::parse(text).ok_or_else(invalid)?;
    let row = ctx.db.first(&store::FIND, params![shown.id, ctx.now()]).await?.ok_or_else(invalid)?;
    if !secret::same(row.slice(4)?, &shown.digest()) {
        return Err(invalid());
    }
    found(ctx, &row, accepted)
}

/// Adds to a unit that a code is tried for an address: one step a purpose, whatever waits there (`A17`).
pub fn try_digits(unit: Unit, email: &EmailAddress, purposes: &[Purpose], now: Timestamp) -> Unit {
    let attempt = |purpose: &Purpose| params![email.key(), purpose.name, now, TRIES];
    purposes.iter().fold(unit, |unit, purpose| unit.step(&store::TRY, attempt(purpose)))
}

/// What the steps of [`try_digits`] found, whatever was typed: the account, where there is one.
pub fn tried(rows: &[Vec<Row>]) -> Option<AccountId> {
    rows.iter().flatten().find_map(|row| row.opt_id16(2).ok().flatten()).map(AccountId::from_bytes)
}

/// The code whose digits were typed, of those that the steps of [`try_digits`] found.
pub fn by_digits(ctx: &Ctx, rows: &[Vec<Row>], digits: &str, purposes: &[Purpose]) -> Result<Option<Found>> {
    for row in rows.iter().flatten() {
        if same_digits(ctx, row.id16(0)?, digits, row.slice(4)?) {
            return found(ctx, row, purposes).map(Some);
        }
    }
    Ok(None)
}

/// The newest code that waits for an address, without showing it: to send it again.
pub async fn waiting(ctx: &Ctx, email: &EmailAddress, purpose: Purpose) -> Result<Option<Found>> {
    let row = ctx.db.first(&store::WAITING, params![email.key(), purpose.name, ctx.now()]).await?;
    row.map(|row| found(ctx, &row, &[purpose])).transpose()
}

fn found(ctx: &Ctx, row: &Row, accepted: &[Purpose]) -> Result<Found> {
    let id = row.id16(0)?;
    let word = row.str(1)?;
    let purpose = *accepted.iter().find(|purpose| purpose.name == word).ok_or_else(invalid)?;
    let payload = match row.opt_bytes(5)? {
        Some(sealed) => Some(ctx.ring.open(&sealed_with(id), &sealed).map_err(Error::internal)?.to_vec()),
        None => None,
    };
    Ok(Found {
        id,
        purpose,
        account: row.opt_id16(2)?.map(AccountId::from_bytes),
        email: EmailAddress::parse(row.str(3)?).map_err(Error::internal)?,
        payload,
    })
}

/// Adds to a unit, as a required step, that the code is used now.
pub fn consume(unit: Unit, found: &Found, now: Timestamp) -> Unit {
    unit.require(&store::CONSUME, params![found.id, now])
}

/// Adds to a unit that an account's unused codes of a purpose count no more.
pub fn forget(unit: Unit, account: AccountId, purpose: Purpose) -> Unit {
    unit.step(&store::FORGET, params![account, purpose.name])
}

/// Adds to a unit that no unused code of an account counts any more: its address is another (`A12`).
pub fn forget_all(unit: Unit, account: AccountId) -> Unit {
    unit.step(&store::FORGET_ALL, params![account])
}

/// Adds to a unit that codes which could take an account over count no more: its password is another (`A22`).
pub fn forget_takeovers(ctx: &Ctx, unit: Unit, account: AccountId) -> Unit {
    let takeovers = ctx.purposes.iter().filter(|purpose| purpose.takes_over);
    takeovers.fold(unit, |unit, purpose| forget(unit, account, *purpose))
}

/// Adds to a unit that nothing of a purpose is kept for an address, the code just used included.
pub fn forget_address(unit: Unit, email: &EmailAddress, purpose: Purpose) -> Unit {
    unit.step(&store::FORGET_ADDRESS, params![email.key(), purpose.name])
}

/// What was mailed to an account; it goes with the account.
pub const PERSONAL_DATA: PersonalData =
    PersonalData { name: "mailed_codes", export: |ctx, id| Box::pin(export(ctx, id)), erase: |unit, _| unit };

async fn export(ctx: &Ctx, account: AccountId) -> Result<serde_json::Value> {
    let rows = ctx.db.query(&store::EXPORT, params![account]).await?;
    let codes = rows.iter().map(|row| {
        Ok(serde_json::json!({
            "purpose": row.text(0)?,
            "email": row.text(1)?,
            "created_at": Timestamp(row.int(2)?),
            "expires_at": Timestamp(row.int(3)?),
            "used_at": row.opt_int(4)?.map(Timestamp),
        }))
    });
    codes.collect()
}

/// Removes codes a day after their end.
pub const SWEEP: Sweep = Sweep { name: "codes.sweep", run: |ctx| Box::pin(sweep(ctx)) };

async fn sweep(ctx: &Ctx) -> Result<()> {
    ctx.db.execute_in_batches(&store::SWEEP, params![ctx.now() - Span::days(1)], BATCH).await?;
    Ok(())
}

/// Codes that still count, by the id of the master key they were made under.
pub async fn by_master_key(ctx: &Ctx) -> Result<ByMasterKey> {
    keys::by_master_key(ctx, &store::MADE_UNDER, params![ctx.now()]).await
}

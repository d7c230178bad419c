//! Enrolling an application, and its codes at the door.

use guardhouse_core::{ids::AccountId, otp::Shared, principal::Principal, secret, time::Span};
use guardhouse_store::{BATCH, Unit, params};
use qrcode::{QrCode, render::svg};

use super::{METHOD, store};
use crate::{
    features::mfa::{self, Enrolment},
    kernel::{
        accounts::{self, Account},
        audit::{Event, Outcome, Who},
        ctx::Ctx,
        errors::{Code, Error, Result},
        factors::{self, NewFactor, Proof, Shown},
        http::client::Client,
        jobs::Sweep,
        keys::Sealed,
        limits::{
            self,
            attempts::{self, Target},
        },
        login::{Entered, Proved},
        principal,
    },
};

/// A secret that no code was shown of is forgotten after this.
const PENDING: Span = Span::minutes(15);

fn sealed_with(account: AccountId) -> Vec<u8> {
    [b"totp_secrets/".as_slice(), &account.bytes()].concat()
}

/// What an application takes up.
pub(super) struct Begun {
    pub(super) secret: String,
    pub(super) uri: String,
    pub(super) qr: String,
}

/// Makes a secret, which counts for nothing until a code of it is shown.
pub(super) async fn begin(ctx: &Ctx, person: &Proved) -> Result<Begun> {
    mfa::may_enrol(ctx, METHOD)?;
    let account = accounts::existing(ctx, person.subject).await?;
    let shared = Shared::random();
    let sealed = seal(ctx, account.id, &shared);
    let unit = Unit::new().require(&store::BEGIN, params![account.id, sealed, ctx.now()]);
    let taken = || Error::new(Code::Conflict, "An application is enrolled already. Remove it first.");
    ctx.db.run(unit).await?.done().ok_or_else(taken)?;
    let uri = shared.uri(ctx.links.site(), account.email.as_str()).map_err(Error::internal)?;
    let qr = QrCode::new(&uri).map_err(Error::internal)?.render::<svg::Color<'_>>().min_dimensions(220, 220).build();
    let qr = format!("data:image/svg+xml;base64,{}", data_encoding::BASE64.encode(qr.as_bytes()));
    Ok(Begun { secret: shared.base32(), uri, qr })
}

/// Enrols the application by its first code.
pub(super) async fn confirm(ctx: &Ctx, principal: &Principal, typed: &str, client: &Client) -> Result<Entered> {
    principal::in_person(principal)?;
    mfa::may_enrol(ctx, METHOD)?;
    let (id, session) = (principal.subject, principal::session(principal)?);
    let row = ctx.db.first(&store::PENDING, params![id, ctx.now() - PENDING]).await?;
    let none = || Error::new(Code::Conflict, "No application waits to be enrolled. Begin with POST /api/me/mfa/totp.");
    let sealed = row.ok_or_else(none)?.bytes(0)?;
    let target = Target::new(ctx, "totp_enrol", &[&session.bytes()]);
    let reserved = limits::reserve(ctx, target, client).await?;
    let Some(step) = opened(ctx, id, &sealed)?.step_of(typed, ctx.now()).map_err(Error::internal)? else {
        let event = Event::new("totp.enrolled", Outcome::Failure).subject(id).by(&Who::of(principal, client));
        ctx.audit.record(ctx, event).await?;
        return Err(Error::new(Code::InvalidMfaCode, "The code is wrong. Compare the clock of your device."));
    };
    limits::refund(ctx, client).await?;
    let factor = secret::random();
    let new = Enrolment {
        factor: NewFactor { id: factor, account: id, method: METHOD, name: "Authenticator application" },
        action: "totp.enrolled",
        proof: attempts::give_back(Unit::new(), &reserved),
        rows: Unit::new().require(&store::CONFIRM, params![id, sealed, factor, step]),
        amr: vec!["otp"],
    };
    mfa::enrol(ctx, principal, new, client).await
}

/// Removes the application.
pub(super) async fn remove(ctx: &Ctx, person: &Proved, client: &Client) -> Result<()> {
    let row = ctx.db.first(&store::FIND, params![person.subject]).await?.ok_or_else(Error::not_found)?;
    mfa::remove(ctx, person, (row.id16(1)?, METHOD), "totp.removed", client).await
}

fn seal(ctx: &Ctx, account: AccountId, shared: &Shared) -> Vec<u8> {
    ctx.ring.seal(&sealed_with(account), shared.bytes())
}

fn opened(ctx: &Ctx, account: AccountId, sealed: &[u8]) -> Result<Shared> {
    Ok(Shared::from_bytes(ctx.ring.open(&sealed_with(account), sealed).map_err(Error::internal)?.to_vec().into()))
}

/// Checks a code at the door.
pub(super) async fn verify(ctx: &Ctx, account: &Account, shown: Shown<'_>) -> Result<Option<Proof>> {
    let typed = shown.code()?;
    let Some(row) = ctx.db.first(&store::FIND, params![account.id]).await? else { return Ok(None) };
    let factor = row.id16(1)?;
    let Some(step) = opened(ctx, account.id, row.slice(0)?)?.step_of(typed, ctx.now()).map_err(Error::internal)? else {
        return Ok(None);
    };
    let unit = Unit::new().require(&store::USE_STEP, params![account.id, step, factor]);
    Ok(Some(Proof { unit: factors::used(unit, factor, account.id, ctx.now()), amr: vec!["otp"] }))
}

/// Under which master key the secrets are sealed.
pub(super) const SEALED: Sealed = Sealed {
    made_under: &store::SEALED_UNDER,
    before: &store::SEALED_BEFORE,
    anew: |ctx, row, unit| {
        let (account, sealed) = (AccountId::from_bytes(row.id16(0)?), row.bytes(1)?);
        let anew = seal(ctx, account, &opened(ctx, account, &sealed)?);
        Ok(unit.step(&store::SEAL, params![account, sealed, anew]))
    },
};

/// Removes secrets that were never confirmed.
pub(super) const SWEEP: Sweep = Sweep { name: "totp.sweep", run: |ctx| Box::pin(sweep(ctx)) };

async fn sweep(ctx: &Ctx) -> Result<()> {
    ctx.db.execute_in_batches(&store::SWEEP, params![ctx.now() - Span::days(1)], BATCH).await?;
    Ok(())
}

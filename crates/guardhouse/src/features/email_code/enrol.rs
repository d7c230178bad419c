//! Enrolling the mailbox: a first code shows that codes arrive.

use guardhouse_core::{principal::Principal, secret, time::Span};
use guardhouse_store::Unit;

use super::{EMAIL_CODE, ENROL, METHOD, letters};
use crate::{
    features::mfa::{self, Enrolment},
    kernel::{
        accounts,
        audit::{Event, Outcome, Who},
        codes::{self, NewCode},
        ctx::Ctx,
        errors::{Code, Error, Result},
        factors::{self, NewFactor},
        http::client::Client,
        limits::{
            self,
            attempts::{self, Target},
            network,
        },
        login::{Entered, Proved},
        principal,
    },
};

const LIFE: Span = Span::minutes(10);

/// Mails the first code.
pub(super) async fn begin(ctx: &Ctx, person: &Proved) -> Result<()> {
    mfa::may_enrol(ctx, METHOD)?;
    let account = accounts::existing(ctx, person.subject).await?;
    if !account.email_verified() {
        return Err(Error::new(Code::EmailNotVerified, "Verify your e-mail address first."));
    }
    if enrolled(ctx, person).await?.is_some() {
        return Err(Error::new(Code::Conflict, "Codes by mail are enrolled already."));
    }
    network::charge(ctx, EMAIL_CODE, &account.id.bytes()).await?;
    let new = NewCode { purpose: ENROL, account: Some(account.id), email: &account.email, life: LIFE, payload: None };
    let unit = codes::send(ctx, Unit::new(), &new, &letters::ENROL_CODE)?;
    let _ = ctx.db.run(unit).await?;
    Ok(())
}

async fn enrolled(ctx: &Ctx, principal: &Principal) -> Result<Option<[u8; 16]>> {
    let factors = factors::list(ctx, principal.subject).await?;
    Ok(factors.iter().find(|factor| factor.method == METHOD).map(|factor| factor.id))
}

/// Enrols the mailbox by that code.
pub(super) async fn confirm(ctx: &Ctx, principal: &Principal, typed: &str, client: &Client) -> Result<Entered> {
    principal::in_person(principal)?;
    mfa::may_enrol(ctx, METHOD)?;
    let account = accounts::existing(ctx, principal.subject).await?;
    if enrolled(ctx, principal).await?.is_some() {
        return Err(Error::new(Code::Conflict, "Codes by mail are enrolled already."));
    }
    let target = Target::new(ctx, "email_code_enrol", &[&account.id.bytes()]);
    let now = ctx.now();
    let tries = |unit: Unit| codes::try_digits(unit, &account.email, &[ENROL], now);
    let (reserved, steps) = limits::reserve_and(ctx, target, client, tries).await?;
    let rows = steps.get(1..).unwrap_or_default();
    let digits = guardhouse_core::otp::digits(typed);
    let found = codes::by_digits(ctx, rows, &digits, &[ENROL])?.filter(|found| found.account == Some(account.id));
    let Some(found) = found else {
        let event = Event::new("email_code.enrolled", Outcome::Failure).subject(account.id);
        ctx.audit.record(ctx, event.by(&Who::of(principal, client))).await?;
        return Err(Error::new(Code::InvalidMfaCode, "The code is wrong or too old."));
    };
    limits::refund(ctx, client).await?;
    let new = Enrolment {
        factor: NewFactor { id: secret::random(), account: account.id, method: METHOD, name: "Codes by e-mail" },
        action: "email_code.enrolled",
        proof: attempts::give_back(codes::consume(Unit::new(), &found, now), &reserved),
        rows: Unit::new(),
        amr: vec!["otp", "email"],
    };
    mfa::enrol(ctx, principal, new, client).await
}

/// The mailbox counts no more.
pub(super) async fn remove(ctx: &Ctx, person: &Proved, client: &Client) -> Result<()> {
    let id = enrolled(ctx, person).await?.ok_or_else(Error::not_found)?;
    mfa::remove(ctx, person, (id, METHOD), "email_code.removed", client).await
}

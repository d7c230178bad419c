//! A new proof of who a person is, and another tenant to act in, keep the session and renew its secrets (rulings 11).

use guardhouse_core::{
    ids::{AccountId, GrantId, SessionId, TenantId},
    opaque::{Stamped, StampedKind},
    principal::Assurance,
    time::Timestamp,
};
use guardhouse_store::{Row, Steps, Unit, params};

use super::{EndReason, NewGrant, create_grant, generation, salt, store};
use crate::kernel::{
    changes::{self, RENEWED, Topic},
    ctx::Ctx,
    errors::Result,
    http::client::Client,
    login::Admission,
};

/// Adds the proof to a unit: a required step where the session lives, and the next refresh token of the grant that gave
/// it. Other grants of the session, as of other tabs, keep theirs.
pub(in crate::kernel) fn prove_again(
    _: Admission,
    ctx: &Ctx,
    unit: Unit,
    (session, grant): (SessionId, Option<GrantId>),
    assurance: &Assurance,
) -> Unit {
    let proved_at = assurance.auth_time;
    let unit = unit
        .require(&store::PROVED_AGAIN, params![session, assurance.amr.join(" "), proved_at])
        .step(&store::ROTATE_OF_SESSION, params![session, proved_at, ctx.settings.tokens.refresh_ttl.0, grant]);
    changes::append(ctx, unit, Topic::Session, &session.bytes(), RENEWED)
}

/// A session after its new proof.
pub(in crate::kernel) struct Again {
    /// When it ends whatever happens.
    pub(in crate::kernel) until: Timestamp,
    /// The refresh token to keep from now on and when it expires, where tokens carry the session.
    pub(in crate::kernel) refresh: Option<(Stamped, Timestamp)>,
}

impl Again {
    /// What the steps of [`prove_again`] answered, which began at `at`.
    pub(in crate::kernel) fn read(ctx: &Ctx, steps: &Steps, at: usize) -> Result<Option<Self>> {
        let Some(session) = steps.first(at) else { return Ok(None) };
        let refresh = steps.first(at + 1).map(|grant| refresh(ctx, grant)).transpose()?;
        Ok(Some(Self { until: Timestamp(session.int(1)?), refresh }))
    }
}

fn refresh(ctx: &Ctx, grant: &Row) -> Result<(Stamped, Timestamp)> {
    let (id, generation, salt) = (grant.id16(0)?, generation(grant, 1)?, salt(grant, 3)?);
    Ok((Stamped::issue(&ctx.ring, StampedKind::Refresh, id, generation, &salt), Timestamp(grant.int(2)?)))
}

/// Grants that one session has at a time: as many tabs may act in tenants of their own.
const MOST_GRANTS: i64 = 20;

/// Adds another tenant, or none, for a session that a cookie carries: a required step.
pub(in crate::kernel) fn switch(
    _: Admission,
    ctx: &Ctx,
    unit: Unit,
    (session, account): (SessionId, AccountId),
    tenant: Option<TenantId>,
) -> Unit {
    let unit = unit.require(&store::SWITCH, params![session, account, ctx.now(), tenant]);
    changes::append(ctx, unit, Topic::Session, &session.bytes(), RENEWED)
}

/// Adds one more grant of a session that lives, as required steps; the oldest ends where there are too many.
pub(in crate::kernel) fn branch(
    admission: Admission,
    ctx: &Ctx,
    unit: Unit,
    grant: &NewGrant,
    client: &Client,
) -> Unit {
    let now = ctx.now();
    let unit = super::still_lives(unit, grant.session, grant.account, now);
    create_grant(admission, unit, grant, client, now)
        .step(&store::END_OLD_GRANTS, params![grant.session, now, EndReason::OverCap.as_str(), MOST_GRANTS])
}

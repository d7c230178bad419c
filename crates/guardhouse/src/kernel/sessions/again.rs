//! A new proof of who a person is renews the secrets of their session and of its first-party grant (rulings 11).

use guardhouse_core::{
    ids::SessionId,
    opaque::{Stamped, StampedKind},
    principal::Assurance,
    time::Timestamp,
};
use guardhouse_store::{Row, Steps, Unit, params};

use super::{generation, salt, store};
use crate::kernel::{
    changes::{self, RENEWED, Topic},
    ctx::Ctx,
    errors::Result,
    login::Admission,
};

/// Adds the proof to a unit: a required step where the session lives, and the next refresh token of its grant.
pub(in crate::kernel) fn prove_again(
    _: Admission,
    ctx: &Ctx,
    unit: Unit,
    session: SessionId,
    assurance: &Assurance,
) -> Unit {
    let proved_at = assurance.auth_time;
    let unit = unit
        .require(&store::PROVED_AGAIN, params![session, assurance.amr.join(" "), proved_at])
        .step(&store::ROTATE_OF_SESSION, params![session, proved_at, ctx.settings.tokens.refresh_ttl.0]);
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

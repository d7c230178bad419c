//! The verbs that change policies.
//!
//! Each reads all that is in effect, checks what would be, and writes under the condition that nobody changed anything
//! meanwhile. So what was checked against all others is true when it takes effect.

use std::sync::Arc;

use guardhouse_core::ids::{AccountId, PolicyId};
use guardhouse_store::{Outcome as UnitOutcome, Unit, params};

use super::{
    cases::{self, Case},
    checks::{self, Wanted},
    engine::Active,
    held,
    reads::{self, Current},
    store,
    views::{PolicyVersion, PolicyView},
};
use crate::kernel::{
    audit::{Event, Outcome, Who},
    changes::{self, Act, Topic},
    ctx::Ctx,
    errors::{Code, Detail, Error, Result},
};

/// Who changes policies: for the audit log and for the version's row.
#[derive(Clone, Debug)]
pub struct Author {
    /// For the audit log.
    pub who: Who,
    /// The account; none for the command line.
    pub account: Option<AccountId>,
}

/// A policy to be.
pub struct NewPolicy {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its Cedar source.
    pub source: String,
    /// Its test cases.
    pub tests: Vec<Case>,
}

/// What is to be different; the rest stays.
#[derive(Default)]
pub struct Changes {
    /// Another source, which makes a version.
    pub source: Option<String>,
    /// An earlier version to go back to, or forth.
    pub version: Option<i64>,
    /// What it is for.
    pub description: Option<String>,
    /// All test cases from now on.
    pub tests: Option<Vec<Case>>,
}

/// Adds a policy, which is in effect at once.
///
/// # Errors
/// [`Code::ValidationFailed`] for what does not parse or fit the schema; [`Code::Conflict`] for a name that is taken, a
/// stored test case that would fail, or a change by another at this moment.
pub async fn create(ctx: &Ctx, author: &Author, new: NewPolicy) -> Result<PolicyView> {
    let Current { generation, schema, mut policies } = reads::current(ctx).await?;
    let (id, now) = (PolicyId::new(ctx.now()), ctx.now());
    let tests = cases::written(&new.tests);
    let active = Active { id, name: new.name.as_str().into(), version: 1, source: new.source.as_str().into() };
    let validate = vec![policies.len()];
    policies.push((active, tests.clone()));
    checks::check(ctx, Wanted { schema: schema.map(|schema| schema.source), policies, validate }).await?;
    let event = event("policies.created", author).detail("policy", id).detail("name", &new.name).detail("version", 1);
    let add = |unit: Unit| {
        unit.require(&store::INSERT, params![id, new.name.as_str(), new.description.as_str(), tests.as_str(), now])
            .step(&store::ADD_VERSION, params![id, 1i64, new.source.as_str(), now, author.account])
    };
    write(ctx, generation, add, event, "There is a policy of this name already.").await?;
    reads::show(ctx, id).await
}

/// Changes a policy. Another source makes a version; `version` makes an earlier one the active one again.
///
/// # Errors
/// As [`create`], and [`Code::NotFound`].
pub async fn update(ctx: &Ctx, author: &Author, id: PolicyId, changes: Changes) -> Result<PolicyView> {
    let Current { generation, schema, mut policies } = reads::current(ctx).await?;
    let stored = reads::stored(ctx, id).await?;
    let place = policies.iter().position(|(active, _)| active.id == id).ok_or_else(Error::not_found)?;
    let (version, source) = wanted(ctx, &stored.active, &changes).await?;
    let tests = changes.tests.as_deref().map_or(stored.tests, cases::written);
    let active = Active { version, source: Arc::clone(&source), ..stored.active.clone() };
    policies[place] = (active, tests.clone());
    checks::check(ctx, Wanted { schema: schema.map(|schema| schema.source), policies, validate: vec![place] }).await?;
    let (now, is_new) = (ctx.now(), changes.source.is_some());
    let description = changes.description.unwrap_or(stored.description);
    let event = event("policies.updated", author)
        .detail("policy", id)
        .detail("name", &stored.active.name)
        .detail("version", version)
        .detail("from", stored.active.version);
    let add = |unit: Unit| {
        let unit = if is_new {
            unit.step(&store::ADD_VERSION, params![id, version, &*source, now, author.account])
        } else {
            unit
        };
        unit.require(&store::UPDATE, params![id, version, description.as_str(), tests.as_str(), now])
    };
    write(ctx, generation, add, event, "The policy was removed at this moment.").await?;
    reads::show(ctx, id).await
}

/// The version that is to be active, and its source.
async fn wanted(ctx: &Ctx, active: &Active, changes: &Changes) -> Result<(i64, Arc<str>)> {
    match (&changes.source, changes.version) {
        (Some(_), Some(_)) => {
            let told = "Send a new source or the version to go back to, not both.";
            Err(Error::validation(vec![Detail::new("version", "AMBIGUOUS", told)]))
        }
        (Some(source), None) => {
            let last = ctx.db.first(&store::LAST_VERSION, params![active.id]).await?;
            let last = last.map(|row| row.opt_int(0)).transpose()?.flatten().unwrap_or(active.version);
            Ok((last + 1, source.as_str().into()))
        }
        (None, Some(version)) => {
            let row = ctx.db.first(&store::VERSION, params![active.id, version]).await?;
            let told =
                || Error::validation(vec![Detail::new("version", "UNKNOWN_VERSION", "There is no such version.")]);
            Ok((version, row.ok_or_else(told)?.text(0)?.into()))
        }
        (None, None) => Ok((active.version, Arc::clone(&active.source))),
    }
}

/// Removes a policy and its versions; the audit log keeps that it was there.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Conflict`] for a stored test case of another policy that would fail, or a change by another at
/// this moment.
pub async fn delete(ctx: &Ctx, author: &Author, id: PolicyId) -> Result<()> {
    let Current { generation, schema, mut policies } = reads::current(ctx).await?;
    let place = policies.iter().position(|(active, _)| active.id == id).ok_or_else(Error::not_found)?;
    let (removed, _) = policies.remove(place);
    checks::check(ctx, Wanted { schema: schema.map(|schema| schema.source), policies, validate: vec![] }).await?;
    let event = event("policies.deleted", author)
        .detail("policy", id)
        .detail("name", &removed.name)
        .detail("version", removed.version);
    let add = |unit: Unit| unit.require(&store::DELETE, params![id]);
    write(ctx, generation, add, event, "The policy was removed at this moment.").await
}

/// Gives all policies a schema to fit, or none. They must all fit it.
///
/// # Errors
/// [`Code::ValidationFailed`] for a schema that does not parse or that a policy does not fit; [`Code::Conflict`] as for the
/// others.
pub async fn set_schema(ctx: &Ctx, author: &Author, source: Option<&str>) -> Result<Option<PolicyVersion>> {
    let Current { generation, schema, policies } = reads::current(ctx).await?;
    if source.is_none() && schema.is_none() {
        return Err(Error::not_found());
    }
    let validate = (0..policies.len()).collect();
    checks::check(ctx, Wanted { schema: source.map(str::to_owned), policies, validate }).await?;
    let row = ctx.db.first(&store::LAST_SCHEMA, params![]).await?;
    let last = row.map(|row| row.int(0)).transpose()?.unwrap_or_default();
    let (version, now) = (source.map(|_| last + 1), ctx.now());
    let shown = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
    let event = event("policies.schema_changed", author).detail("version", shown);
    let add = |unit: Unit| {
        let unit = match (version, source) {
            (Some(version), Some(source)) => {
                unit.step(&store::ADD_SCHEMA, params![version, source, now, author.account])
            }
            _ => unit,
        };
        unit.require(&store::USE_SCHEMA, params![version])
    };
    write(ctx, generation, add, event, "The schema was changed at this moment.").await?;
    Ok(reads::current(ctx).await?.schema.map(PolicyVersion::from))
}

fn event(action: &'static str, author: &Author) -> Event {
    Event::new(action, Outcome::Success).by(&author.who)
}

/// Writes a change and its event as one, if nobody changed anything since `generation`. This node holds the new policies
/// when it returns, the others within a second.
async fn write(
    ctx: &Ctx,
    generation: i64,
    add: impl FnOnce(Unit) -> Unit,
    event: Event,
    refused: &'static str,
) -> Result<()> {
    let unit = add(Unit::new().require(&store::TURN, params![generation]));
    let unit = changes::append(ctx, unit, Topic::Policies, &[], 0);
    let outcome = Act::from(unit).audited(ctx, event).run_or_refused(ctx).await;
    // Whatever came of it: nothing older than this is asked.
    held::changed(ctx);
    match outcome? {
        UnitOutcome::Done(_) => {
            // Whoever asks next reads them, if this cannot.
            let _ = held::reload(ctx).await;
            Ok(())
        }
        UnitOutcome::Refused { step: 0 } => Err(Error::new(
            Code::Conflict,
            "Somebody else changed policies at this moment. Look at them and try again.",
        )),
        UnitOutcome::Refused { .. } => Err(Error::new(Code::Conflict, refused)),
    }
}

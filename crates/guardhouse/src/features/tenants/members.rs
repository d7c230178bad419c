//! Who belongs to a tenant, and with which roles.

use std::sync::Arc;

use guardhouse_core::{
    ids::{AccountId, TenantId},
    scope::Scope,
    time::Timestamp,
};
use guardhouse_store::{Outcome as UnitOutcome, Unit};
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{
    accounts::{self, Member},
    audit::{Event, Outcome},
    changes::Act,
    ctx::Ctx,
    errors::{Code, Detail, Error, Result},
    http::page::PageQuery,
    principal::{By, TenantScope},
    roles::OWNER,
    tenants::{self, Known},
};

/// Somebody who belongs to a tenant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MemberView {
    /// `usr_…`
    #[schema(value_type = String, example = "usr_01h455vb4pex5vsknk084sn02q")]
    pub user_id: AccountId,
    /// The e-mail address; none for a service account.
    #[schema(example = "alice@example.com")]
    pub email: Option<String>,
    /// What they are called.
    #[schema(example = "Alice")]
    pub name: String,
    /// Names of the roles that they hold in the tenant.
    pub roles: Vec<String>,
    /// Since when they belong to it: RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub created_at: Timestamp,
}

/// A page of members.
#[derive(Debug, Serialize, ToSchema)]
pub struct Members {
    /// The newest account first.
    pub data: Vec<MemberView>,
    /// What to send as `cursor` for the next page.
    #[schema(value_type = Option<String>)]
    pub next_cursor: Option<AccountId>,
}

/// The tenant with its roles, or a 404.
pub(super) async fn known(ctx: &Ctx, scope: TenantScope) -> Result<Arc<Known>> {
    tenants::cached(ctx, scope.tenant()).await?.ok_or_else(Error::not_found)
}

/// Refuses a role that the tenant does not have, or that the caller may not give or take.
pub(super) fn may_give(known: &Known, by: &By, field: &str, role: &str) -> Result<()> {
    if known.roles.get(role).is_none() {
        let unknown = Detail::new(field, "UNKNOWN_ROLE", "This tenant has no such role.");
        return Err(Error::validation(vec![unknown]));
    }
    by.may_give(&known.roles, Some(known.tenant.id), role)
}

/// The members of a tenant.
pub async fn list(ctx: &Ctx, scope: TenantScope, page: &PageQuery<AccountId>) -> Result<Members> {
    tenants::existing(ctx, scope.tenant()).await?;
    // One more than is shown tells whether there is another page.
    let mut found = accounts::members(ctx, scope.tenant(), page.cursor, page.limit + 1).await?;
    let more = found.len() > page.limit as usize;
    found.truncate(page.limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|last| last.account);
    let mut data = Vec::with_capacity(found.len());
    for member in found {
        data.extend(view(ctx, member).await?);
    }
    Ok(Members { data, next_cursor })
}

/// `None` where the account was deleted at this moment.
async fn view(ctx: &Ctx, member: Member) -> Result<Option<MemberView>> {
    let Some(account) = accounts::cached(ctx, member.account).await? else { return Ok(None) };
    Ok(Some(MemberView {
        user_id: account.id,
        email: account.is_person.then(|| account.email.as_str().to_owned()),
        name: account.name.clone(),
        roles: member.roles,
        created_at: member.since,
    }))
}

async fn shown(ctx: &Ctx, tenant: TenantId, who: AccountId) -> Result<MemberView> {
    let member = accounts::member(ctx, tenant, who).await?.ok_or_else(Error::not_found)?;
    view(ctx, member).await?.ok_or_else(Error::not_found)
}

/// Makes somebody a member without asking them. That shows their name and address to the tenant, so it takes somebody who
/// manages the members of all tenants.
pub(super) async fn add(ctx: &Ctx, by: &By, scope: TenantScope, who: AccountId, role: &str) -> Result<MemberView> {
    if !by.holds("members:write") {
        let text = "Invite people instead: only who manages the members of all tenants adds one by id.";
        return Err(Error::new(Code::Forbidden, text));
    }
    let (tenant, known) = (scope.tenant(), known(ctx, scope).await?);
    may_give(&known, by, "role", role)?;
    accounts::person(ctx, who).await?;
    if accounts::member(ctx, tenant, who).await?.is_some() {
        return Err(Error::new(Code::Conflict, "This account is a member already: change its roles instead."));
    }
    let event = Event::new("tenants.member_added", Outcome::Success)
        .subject(who)
        .by(&by.who)
        .tenant(tenant)
        .detail("roles_given", role);
    let unit = accounts::still_enabled(tenants::hold(Unit::new(), tenant), who);
    let act = accounts::bind(ctx, unit, &accounts::Binding::new(ctx, who, role, Scope::Tenant(tenant)));
    let disabled = || Error::new(Code::Conflict, "This account is disabled, or the tenant is gone.");
    act.audited(ctx, event).run(ctx).await?.ok_or_else(disabled)?;
    shown(ctx, tenant, who).await
}

/// Nobody acts on a member who holds a role that they may not take.
fn within_reach(known: &Known, by: &By, member: &Member) -> Result<()> {
    member.roles.iter().try_for_each(|role| by.may_give(&known.roles, Some(known.tenant.id), role))
}

/// Gives a member these roles in the place of all that they hold.
pub(super) async fn change(
    ctx: &Ctx,
    by: &By,
    scope: TenantScope,
    who: AccountId,
    mut wanted: Vec<String>,
) -> Result<MemberView> {
    let (tenant, known) = (scope.tenant(), known(ctx, scope).await?);
    let member = accounts::member(ctx, tenant, who).await?.ok_or_else(Error::not_found)?;
    within_reach(&known, by, &member)?;
    wanted.sort();
    wanted.dedup();
    if wanted.is_empty() {
        let none = Detail::new("roles", "REQUIRED", "A member holds a role. To remove them, delete the member.");
        return Err(Error::validation(vec![none]));
    }
    wanted.iter().try_for_each(|role| may_give(&known, by, "roles", role))?;
    let (kept, dropped): (Vec<_>, Vec<_>) = member.roles.iter().partition(|role| wanted.contains(role));
    let given = wanted.iter().filter(|role| !member.roles.contains(role)).collect();
    let roles = Roles { kept, dropped, given };
    if roles.dropped.is_empty() && roles.given.is_empty() {
        return shown(ctx, tenant, who).await;
    }
    let guard = keep_an_owner(Act::default(), tenant, who, &roles.dropped);
    let guarded = guard.steps();
    let act = guard.and(|unit| tenants::hold(unit, tenant));
    let act = exchange(ctx, act, (tenant, who), &roles).await?;
    let event = Event::new("tenants.member_changed", Outcome::Success).subject(who).by(&by.who).tenant(tenant);
    let event = event.detail("roles_given", joined(&roles.given)).detail("roles_taken", joined(&roles.dropped));
    run(ctx, act.audited(ctx, event), guarded).await?;
    shown(ctx, tenant, who).await
}

/// What of a member's roles stays, goes and comes.
struct Roles<'a> {
    kept: Vec<&'a String>,
    dropped: Vec<&'a String>,
    given: Vec<&'a String>,
}

/// Roles that stay are held until the unit is done: whoever removes the member at the same moment does not see them come
/// back by the roles that are given.
async fn exchange(
    ctx: &Ctx,
    mut act: Act,
    (tenant, who): (TenantId, AccountId),
    Roles { kept, dropped, given }: &Roles<'_>,
) -> Result<Act> {
    let scope = Scope::Tenant(tenant);
    for role in kept.iter().chain(dropped) {
        let gone = || Error::new(Code::Conflict, "The member was changed at the same moment. Try again.");
        let binding = accounts::find_binding(ctx, who, role, &scope).await?.ok_or_else(gone)?;
        act = if dropped.contains(role) {
            accounts::unbind(ctx, act, &binding)
        } else {
            act.and(|unit| accounts::hold_binding(unit, &binding))
        };
    }
    let give = |act, role: &&String| accounts::bind(ctx, act, &accounts::Binding::new(ctx, who, role, scope.clone()));
    Ok(given.iter().fold(act, give))
}

fn joined(roles: &[&String]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ")
}

fn keep_an_owner(act: Act, tenant: TenantId, who: AccountId, dropped: &[&String]) -> Act {
    if dropped.iter().any(|role| *role == OWNER) { accounts::keep_another(act, tenant, OWNER, who) } else { act }
}

async fn run(ctx: &Ctx, act: Act, guarded: usize) -> Result<()> {
    match act.run_or_refused(ctx).await? {
        UnitOutcome::Done(_) => Ok(()),
        UnitOutcome::Refused { step } if step < guarded => {
            Err(Error::new(Code::Conflict, "This is the last owner of the tenant. Make another one first."))
        }
        UnitOutcome::Refused { .. } => {
            Err(Error::new(Code::Conflict, "The member was changed at the same moment. Try again."))
        }
    }
}

/// Ends a membership: all roles in the tenant and on what belongs to it.
pub(super) async fn remove(ctx: &Ctx, by: &By, scope: TenantScope, who: AccountId) -> Result<()> {
    let known = known(ctx, scope).await?;
    let member = accounts::member(ctx, scope.tenant(), who).await?.ok_or_else(Error::not_found)?;
    within_reach(&known, by, &member)?;
    let event = Event::new("tenants.member_removed", Outcome::Success).subject(who).by(&by.who);
    end(ctx, scope.tenant(), &member, event).await
}

/// Ends a membership of whoever asks for it themselves.
pub(super) async fn leave(ctx: &Ctx, by: &By, tenant: TenantId, who: AccountId) -> Result<()> {
    let member = accounts::member(ctx, tenant, who).await?.ok_or_else(Error::not_found)?;
    let event = Event::new("tenants.member_left", Outcome::Success).subject(who).by(&by.who);
    end(ctx, tenant, &member, event).await
}

async fn end(ctx: &Ctx, tenant: TenantId, member: &Member, event: Event) -> Result<()> {
    let dropped: Vec<_> = member.roles.iter().collect();
    let guard = keep_an_owner(Act::default(), tenant, member.account, &dropped);
    let guarded = guard.steps();
    let act = accounts::leave(ctx, guard, member.account, tenant);
    run(ctx, act.audited(ctx, event.tenant(tenant).detail("roles_taken", joined(&dropped))), guarded).await
}

//! Giving roles and taking them.

use guardhouse_core::{
    ids::{AccountId, BindingId, TenantId},
    scope::{Resource, Scope},
    time::Timestamp,
};
use guardhouse_store::{Outcome as UnitOutcome, Unit};
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::{Roles, fault, holding};
use crate::kernel::{
    accounts::{self, ADMIN, Account, Binding, BindingFilter, MAX_BINDINGS},
    audit::{Event, Outcome},
    changes::Act,
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::{list::Page, page::PageQuery},
    principal::{By, Reach},
    roles::OWNER,
    tenants,
};

/// A role to be given.
#[derive(Clone, Debug)]
pub struct NewBinding {
    /// To whom.
    pub subject: AccountId,
    /// Which.
    pub role: String,
    /// On one resource.
    pub resource: Option<Resource>,
}

/// A resource of the application.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShownResource {
    /// Its kind.
    #[serde(rename = "type")]
    #[schema(example = "document")]
    pub kind: String,
    /// Which of its kind.
    #[schema(example = "42")]
    pub id: String,
}

/// A binding as answers show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RoleBinding)]
pub struct ShownBinding {
    /// `bnd_…`
    #[schema(value_type = String, example = "bnd_01h455vb4pex5vsknk084sn02q")]
    pub id: BindingId,
    /// Who holds the role.
    #[schema(value_type = String, example = "usr_01h455vb4pex5vsknk084sn02q")]
    pub subject: AccountId,
    /// The role's name.
    #[schema(example = "editor")]
    pub role: String,
    /// In this tenant; everywhere where there is none.
    #[schema(value_type = Option<String>)]
    pub tenant_id: Option<TenantId>,
    /// On this resource; on all where there is none.
    pub resource: Option<ShownResource>,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub created_at: Timestamp,
}

impl From<Binding> for ShownBinding {
    fn from(binding: Binding) -> Self {
        let shown = |resource: &Resource| ShownResource {
            kind: resource.kind.as_str().to_owned(),
            id: resource.id.as_str().to_owned(),
        };
        Self {
            id: binding.id,
            subject: binding.subject,
            tenant_id: binding.scope.tenant(),
            resource: binding.scope.resource().map(shown),
            role: binding.role,
            created_at: binding.created_at,
        }
    }
}

fn scope(tenant: Option<TenantId>, resource: Option<Resource>) -> Scope {
    match (tenant, resource) {
        (tenant, Some(resource)) => Scope::Resource(tenant, resource),
        (Some(tenant), None) => Scope::Tenant(tenant),
        (None, None) => Scope::Everywhere,
    }
}

/// Bindings within the reach, the newest first.
pub async fn list(
    ctx: &Ctx,
    reach: Reach,
    filter: BindingFilter,
    page: &PageQuery<BindingId>,
) -> Result<Page<Binding>> {
    let tenant = reach.tenant().or(filter.tenant);
    let filter = BindingFilter { tenant, ..filter };
    let found = accounts::bindings(ctx, &filter, page.cursor, page.limit + 1).await?;
    Ok(Page::of(found, page.limit, |one| one.id.to_string()))
}

/// The account, where the caller may give it roles. Whoever reaches into one tenant alone gives roles to its members and
/// learns of nobody else.
async fn subject(ctx: &Ctx, by: &By, reach: Reach, id: AccountId) -> Result<Account> {
    let unknown = || fault("subject", "UNKNOWN_SUBJECT", "There is nobody with this id.");
    let account = accounts::by_id(ctx, id).await?.ok_or_else(unknown)?;
    if let Some(tenant) = reach.tenant()
        && !by.holds("role-bindings:write")
        && accounts::member(ctx, tenant, id).await?.is_none()
    {
        return Err(unknown());
    }
    Ok(account)
}

/// Gives a role; it counts from the next request on, here at once and on other nodes within a second.
pub async fn bind(ctx: &Ctx, by: &By, reach: Reach, new: NewBinding) -> Result<Binding> {
    let tenant = reach.tenant();
    let roles = Roles::of(ctx, tenant).await?;
    let Some(role) = roles.catalogue().get(&new.role) else {
        return Err(fault("role", "UNKNOWN_ROLE", "There is no role of this name here."));
    };
    by.may_give(roles.catalogue(), tenant, &new.role)?;
    let account = subject(ctx, by, reach, new.subject).await?;
    if tenant.is_none() {
        by.may_act_on(&account)?;
    }
    if accounts::count_bindings(ctx, account.id).await? >= MAX_BINDINGS {
        return Err(Error::new(Code::Conflict, format!("One account holds {MAX_BINDINGS} roles at most.")));
    }
    let binding = Binding {
        id: BindingId::new(ctx.now()),
        subject: account.id,
        role: new.role,
        scope: scope(tenant, new.resource),
        created_at: ctx.now(),
    };
    // A role declared for everywhere is no row of the tenant's, and has to be held all the same.
    let bounded = if role.id.is_some() { role.tenant } else { tenant };
    let unit = holding(tenant.into_iter().fold(Unit::new(), tenants::hold), role);
    let held = unit.len();
    let act = accounts::bind_anew(ctx, unit, &binding).audited(ctx, event("roles.bound", by, &binding)).within(bounded);
    match act.run_or_refused(ctx).await? {
        UnitOutcome::Done(_) => Ok(binding),
        // Role or tenant went a moment ago.
        UnitOutcome::Refused { step } if step < held => Err(Error::not_found()),
        UnitOutcome::Refused { .. } => Err(Error::new(Code::Conflict, "This role is held there already.")),
    }
}

/// Takes a role; whoever held it holds it no more at the next request.
pub async fn unbind(ctx: &Ctx, by: &By, reach: Reach, id: BindingId) -> Result<()> {
    let binding = accounts::binding(ctx, id).await?;
    if !reach.covers(binding.scope.tenant()) {
        return Err(Error::not_found());
    }
    let tenant = binding.scope.tenant();
    let roles = Roles::of(ctx, tenant).await?;
    by.may_give(roles.catalogue(), tenant, &binding.role)?;
    let account = accounts::existing(ctx, binding.subject).await?;
    if tenant.is_none() {
        by.may_act_on(&account)?;
    }
    let event = event("roles.unbound", by, &binding);
    let act = |act: Act| accounts::unbind(ctx, act, &binding).audited(ctx, event).within(tenant);
    if binding.role == ADMIN && binding.scope == Scope::Everywhere {
        return accounts::unless_last_admin(ctx, &account, act).await;
    }
    let last_owner = binding.role == OWNER && matches!(binding.scope, Scope::Tenant(_));
    let guard = match tenant {
        Some(tenant) if last_owner => accounts::keep_another(Act::default(), tenant, OWNER, binding.subject),
        _ => Act::default(),
    };
    let guarded = guard.steps();
    match act(guard).run_or_refused(ctx).await? {
        UnitOutcome::Done(_) => Ok(()),
        UnitOutcome::Refused { step } if step < guarded => {
            Err(Error::new(Code::Conflict, "This is the tenant's last owner. Make another one first."))
        }
        UnitOutcome::Refused { .. } => Err(Error::not_found()),
    }
}

fn event(action: &'static str, by: &By, binding: &Binding) -> Event {
    let event = Event::new(action, Outcome::Success).subject(binding.subject).by(&by.who);
    let event = event.tenant(binding.scope.tenant()).detail("role", &binding.role);
    match binding.scope.resource() {
        Some(resource) => {
            event.detail("resource_type", resource.kind.as_str()).detail("resource_id", resource.id.as_str())
        }
        None => event,
    }
}

//! The verbs of service accounts.

use guardhouse_core::{
    email::DisplayName,
    ids::{AccountId, TenantId},
    permission::RoleName,
    scope::Scope,
};
use guardhouse_store::{Unit, params};

use super::{
    store,
    view::{self, ServiceView, scope},
};
use crate::kernel::{
    accounts::{self, Account, Service},
    audit::{Event, Outcome},
    changes::Act,
    ctx::Ctx,
    errors::{Code, Detail, Error, Result},
    principal::{By, Reach},
    sessions::EndReason,
    tenants,
};

/// Service accounts read at a time.
const BATCH: u32 = 100;

/// A service account to be made.
pub(super) struct NewService {
    pub(super) name: DisplayName,
    pub(super) description: String,
    pub(super) tenant: Option<TenantId>,
    pub(super) roles: Vec<String>,
}

/// What is to be different.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) name: Option<DisplayName>,
    pub(super) description: Option<String>,
    pub(super) roles: Option<Vec<String>>,
}

/// Names of roles, sorted, each once, that the caller may give where the account acts.
async fn given(ctx: &Ctx, by: &By, tenant: Option<TenantId>, mut roles: Vec<String>) -> Result<Vec<String>> {
    roles.sort();
    roles.dedup();
    let wrong = |code, text: String| Error::validation(vec![Detail::new("roles", code, text)]);
    if let Some(error) = roles.iter().find_map(|role| role.parse::<RoleName>().err()) {
        return Err(wrong("INVALID_ROLE", error.to_string()));
    }
    let Some(tenant) = tenant else {
        may_give(ctx, by, None, &roles).await?;
        return Ok(roles);
    };
    let known = tenants::cached(ctx, tenant).await?.ok_or_else(Error::not_found)?;
    if let Some(role) = roles.iter().find(|role| known.roles.get(role).is_none()) {
        return Err(wrong("UNKNOWN_ROLE", format!("The tenant has no role {role}.")));
    }
    may_give(ctx, by, Some(tenant), &roles).await?;
    Ok(roles)
}

/// Refuses roles that the caller may not give or take.
async fn may_give(ctx: &Ctx, by: &By, tenant: Option<TenantId>, roles: &[String]) -> Result<()> {
    let Some(tenant) = tenant else {
        let everywhere = ctx.roles.everywhere();
        return roles.iter().try_for_each(|role| by.may_give(&everywhere, None, role));
    };
    let Some(known) = tenants::cached(ctx, tenant).await? else { return Ok(()) };
    roles.iter().try_for_each(|role| by.may_give(&known.roles, Some(tenant), role))
}

/// Makes a service account.
pub(super) async fn create(ctx: &Ctx, by: &By, new: NewService) -> Result<ServiceView> {
    let NewService { name, description, tenant, roles } = new;
    let roles = given(ctx, by, tenant, roles).await?;
    let service = Service { id: AccountId::new(ctx.now()), name, tenant };
    let unit = tenant.into_iter().fold(Unit::new(), tenants::hold);
    let unit = accounts::add_service(ctx, unit, &service)?;
    let unit = unit.step(&store::DESCRIBE, params![service.id, description]);
    let to = tenant.map_or(Scope::Everywhere, Scope::Tenant);
    let give =
        |act, role: &String| accounts::bind(ctx, act, &accounts::Binding::new(ctx, service.id, role, to.clone()));
    let act = roles.iter().fold(Act::from(unit), give);
    let event = event("service_accounts.created", by, service.id, tenant).detail("roles_given", roles.join(" "));
    act.audited(ctx, event).run(ctx).await?.ok_or_else(Error::not_found)?;
    view::view(ctx, &existing(ctx, Reach::Everywhere, service.id).await?).await
}

fn event(action: &'static str, by: &By, id: AccountId, tenant: Option<TenantId>) -> Event {
    Event::new(action, Outcome::Success).subject(id).by(&by.who).tenant(tenant)
}

/// A service account within reach; another tenant's, or a person, is as unknown as none (`T1`, `T2`).
pub async fn existing(ctx: &Ctx, reach: Reach, id: AccountId) -> Result<Account> {
    let found = accounts::by_id(ctx, id).await?;
    found.filter(|account| !account.is_person && reach.covers(account.tenant)).ok_or_else(Error::not_found)
}

/// The same, of one that holds no role that the caller may not take.
async fn to_act_on(ctx: &Ctx, by: &By, reach: Reach, id: AccountId) -> Result<Account> {
    let account = existing(ctx, reach, id).await?;
    may_give(ctx, by, account.tenant, &view::roles(ctx, &account).await?).await?;
    Ok(account)
}

/// Changes a service account.
pub(super) async fn update(ctx: &Ctx, by: &By, reach: Reach, id: AccountId, changes: Changes) -> Result<ServiceView> {
    let account = to_act_on(ctx, by, reach, id).await?;
    let mut act = Act::from(Unit::new());
    let mut event = event("service_accounts.updated", by, id, account.tenant);
    if let Some(name) = &changes.name {
        act = accounts::rename(ctx, act, id, name);
    }
    if let Some(description) = changes.description {
        act = act.and(|unit| unit.step(&store::DESCRIBE, params![id, description]));
    }
    if let Some(wanted) = changes.roles {
        let wanted = given(ctx, by, account.tenant, wanted).await?;
        let held = view::roles(ctx, &account).await?;
        let minus = |all: &[String], but: &[String]| -> Vec<String> {
            all.iter().filter(|role| !but.contains(role)).cloned().collect()
        };
        let (dropped, new) = (minus(&held, &wanted), minus(&wanted, &held));
        act = exchange(ctx, act, &account, &dropped, &new).await?;
        event = event.detail("roles_given", new.join(" ")).detail("roles_taken", dropped.join(" "));
    }
    act.audited(ctx, event).run(ctx).await?.ok_or_else(meanwhile)?;
    view::view(ctx, &existing(ctx, reach, id).await?).await
}

fn meanwhile() -> Error {
    Error::new(Code::Conflict, "The account was changed at the same moment. Try again.")
}

async fn exchange(ctx: &Ctx, mut act: Act, account: &Account, dropped: &[String], new: &[String]) -> Result<Act> {
    let scope = scope(account);
    for role in dropped {
        let binding = accounts::find_binding(ctx, account.id, role, &scope).await?.ok_or_else(meanwhile)?;
        act = accounts::unbind(ctx, act, &binding);
    }
    let give =
        |act, role: &String| accounts::bind(ctx, act, &accounts::Binding::new(ctx, account.id, role, scope.clone()));
    Ok(new.iter().fold(act, give))
}

/// Keeps a service account's keys from being taken, or lets them again.
pub(super) async fn set_disabled(
    ctx: &Ctx,
    by: &By,
    reach: Reach,
    id: AccountId,
    disabled: bool,
) -> Result<ServiceView> {
    let account = to_act_on(ctx, by, reach, id).await?;
    let (act, action) = if disabled {
        (accounts::disable(ctx, Unit::new(), id), "service_accounts.disabled")
    } else {
        (accounts::enable(ctx, Unit::new(), id), "service_accounts.enabled")
    };
    let event = Event::new(action, Outcome::Success).subject(id).by(&by.who).tenant(account.tenant);
    act.audited(ctx, event).run(ctx).await?.ok_or_else(Error::not_found)?;
    view::view(ctx, &existing(ctx, reach, id).await?).await
}

/// Deletes a service account with all that it holds.
pub(super) async fn delete(ctx: &Ctx, by: &By, reach: Reach, id: AccountId) -> Result<()> {
    let account = to_act_on(ctx, by, reach, id).await?;
    let event = event("service_accounts.deleted", by, id, account.tenant);
    accounts::delete(ctx, &account, EndReason::Administrator, event).await
}

/// Deletes all service accounts of a tenant, which is about to go.
pub async fn delete_all_of(ctx: &Ctx, by: &By, tenant: TenantId) -> Result<()> {
    loop {
        let found = accounts::services(ctx, Some(tenant), None, BATCH).await?;
        if found.is_empty() {
            return Ok(());
        }
        for account in found {
            let event = event("service_accounts.deleted", by, account.id, Some(tenant));
            match accounts::delete(ctx, &account, EndReason::Administrator, event).await {
                // Somebody else deleted it at this moment.
                Err(error) if error.code() == Code::NotFound => {}
                done => done?,
            }
        }
    }
}

//! The verbs of tenants themselves, for the API and the command line alike.

use guardhouse_core::{
    email::DisplayName,
    ids::{AccountId, TenantId},
    principal::Assurance,
    scope::Scope,
};
use guardhouse_store::{Outcome as UnitOutcome, StoreError};

use super::slug::Slug;
use crate::{
    features::service_accounts,
    kernel::{
        accounts,
        audit::{Event, Outcome},
        changes::Act,
        ctx::Ctx,
        errors::{Code, Error, Result},
        principal::{By, TenantScope},
        roles::OWNER,
        tenants::{self, Tenant, TenantPolicy},
    },
};

/// Names that nobody chose are tried so often.
const TRIES: usize = 5;

/// A tenant to be made.
pub struct NewTenant {
    /// What it is called.
    pub name: DisplayName,
    /// Its name in URLs; made from what it is called where there is none.
    pub slug: Option<Slug>,
    /// The person who owns it from the start.
    pub owner: Option<AccountId>,
}

fn taken() -> Error {
    Error::new(Code::Conflict, "Another tenant has this slug.")
}

/// Makes a tenant.
pub async fn create(ctx: &Ctx, by: &By, new: NewTenant) -> Result<Tenant> {
    let name = new.name.as_str();
    if let Some(slug) = new.slug {
        return add(ctx, by, name, &slug, new.owner).await?.ok_or_else(taken);
    }
    for attempt in 0..TRIES {
        if let Some(tenant) = add(ctx, by, name, &Slug::of(name, attempt > 0), new.owner).await? {
            return Ok(tenant);
        }
    }
    Err(taken())
}

/// `None` where the slug is taken.
async fn add(ctx: &Ctx, by: &By, name: &str, slug: &Slug, owner: Option<AccountId>) -> Result<Option<Tenant>> {
    let now = ctx.now();
    let id = TenantId::new(now);
    let (name, slug) = (name.to_owned(), slug.as_str().to_owned());
    let tenant =
        Tenant { id, name, slug, policy: TenantPolicy::default(), disabled_at: None, created_at: now, updated_at: now };
    let act = tenants::add(ctx, Act::default(), &tenant)?;
    let own = |act, owner| accounts::bind(ctx, act, &accounts::Binding::new(ctx, owner, OWNER, Scope::Tenant(id)));
    let act = owner.into_iter().fold(act, own);
    let event = Event::new("tenants.created", Outcome::Success).by(&by.who).tenant(id).detail("slug", &tenant.slug);
    Ok(act.audited(ctx, event).run(ctx).await?.map(|_| tenant))
}

/// What is to be different.
#[derive(Default)]
pub struct Changes {
    /// What to be called.
    pub name: Option<DisplayName>,
    /// Another name in URLs.
    pub slug: Option<Slug>,
    /// Another policy, whole.
    pub policy: Option<TenantPolicy>,
}

/// Changes a tenant. `proof` is the caller's own, who does not lock themselves out.
pub async fn update(
    ctx: &Ctx,
    by: &By,
    scope: TenantScope,
    changes: Changes,
    proof: Option<&Assurance>,
) -> Result<Tenant> {
    let mut tenant = tenants::existing(ctx, scope.tenant()).await?;
    let mut names = Vec::new();
    if let Some(name) = changes.name.filter(|name| name.as_str() != tenant.name) {
        name.as_str().clone_into(&mut tenant.name);
        names.push("name");
    }
    if let Some(slug) = changes.slug.filter(|slug| slug.as_str() != tenant.slug) {
        slug.as_str().clone_into(&mut tenant.slug);
        names.push("slug");
    }
    if let Some(policy) = changes.policy.filter(|policy| *policy != tenant.policy) {
        meets(ctx, by, &policy, proof)?;
        tenant.policy = policy;
        names.push("policy");
    }
    if names.is_empty() {
        return Ok(tenant);
    }
    let event = Event::new("tenants.updated", Outcome::Success)
        .by(&by.who)
        .tenant(tenant.id)
        .detail("changed", names.join(" "));
    match tenants::change(ctx, Act::default(), &tenant)?.audited(ctx, event).run_or_refused(ctx).await {
        Ok(UnitOutcome::Done(_)) => Ok(tenant),
        Ok(UnitOutcome::Refused { .. }) => {
            let text = "The tenant was changed at the same moment. Look at it and try again.";
            Err(Error::new(Code::Conflict, text))
        }
        Err(StoreError::Conflict { .. }) => Err(taken()),
        Err(error) => Err(error.into()),
    }
}

/// Whoever manages the tenant from inside meets what they ask of others.
fn meets(ctx: &Ctx, by: &By, policy: &TenantPolicy, proof: Option<&Assurance>) -> Result<()> {
    let locked_out = proof.and_then(|proof| policy.refusal(proof, ctx.now())).filter(|_| !by.holds("tenants:write"));
    locked_out.map_or(Ok(()), |_| {
        let text = "Your own login does not meet this policy, so it would lock you out. Sign in as it asks first.";
        Err(Error::new(Code::Conflict, text))
    })
}

/// Keeps everybody from acting in a tenant, or lets them again. Credentials for it are refused at once.
pub async fn set_disabled(ctx: &Ctx, by: &By, id: TenantId, disabled: bool) -> Result<Tenant> {
    let action = if disabled { "tenants.disabled" } else { "tenants.enabled" };
    let event = Event::new(action, Outcome::Success).by(&by.who).tenant(id);
    let act = tenants::set_disabled(ctx, Act::default(), id, disabled.then(|| ctx.now()));
    act.audited(ctx, event).run(ctx).await?.ok_or_else(Error::not_found)?;
    tenants::existing(ctx, id).await
}

/// Removes a tenant with its roles, invitations, domains and service accounts. Its members' accounts stay.
pub async fn delete(ctx: &Ctx, by: &By, scope: TenantScope) -> Result<()> {
    let id = scope.tenant();
    // Nothing acts in it from here on; whatever cuts this short, doing it again goes on.
    let closed = tenants::set_disabled(ctx, Act::default(), id, Some(ctx.now()));
    closed.run(ctx).await?.ok_or_else(Error::not_found)?;
    service_accounts::delete_all_of(ctx, by, id).await?;
    let event = Event::new("tenants.deleted", Outcome::Success).by(&by.who).tenant(id);
    let act = tenants::remove(ctx, accounts::drop_all_in(Act::default(), id), id);
    act.audited(ctx, event).run(ctx).await?.map(drop).ok_or_else(Error::not_found)
}

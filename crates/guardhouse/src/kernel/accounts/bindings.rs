//! Who holds which role where: the verbs, and the lists.

use guardhouse_core::{
    ids::{AccountId, BindingId, TenantId},
    scope::{Resource, ResourceId, ResourceType, Scope},
    time::Timestamp,
};
use guardhouse_store::{Row, Unit, Value, params};

use super::store;
use crate::kernel::{
    changes::Act,
    ctx::Ctx,
    errors::{Error, Result},
};

/// Bindings of one account; more belong into policies.
pub const MAX_BINDINGS: u32 = 10_000;

/// A role given to somebody.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Its id.
    pub id: BindingId,
    /// Who holds the role.
    pub subject: AccountId,
    /// The role's name.
    pub role: String,
    /// Where it holds.
    pub scope: Scope,
    /// Since when.
    pub created_at: Timestamp,
}

impl Binding {
    /// One that begins now.
    pub fn new(ctx: &Ctx, subject: AccountId, role: &str, scope: Scope) -> Self {
        Self { id: BindingId::new(ctx.now()), subject, role: role.to_owned(), scope, created_at: ctx.now() }
    }

    fn params(&self) -> Vec<Value> {
        let resource = self.scope.resource();
        params![
            self.id,
            self.subject,
            self.role.as_str(),
            self.scope.key(),
            self.scope.tenant(),
            resource.map(|resource| resource.kind.as_str()),
            resource.map(|resource| resource.id.as_str()),
            self.created_at,
        ]
    }

    fn read(row: &Row) -> Result<Self> {
        let tenant = row.opt_id16(3)?.map(TenantId::from_bytes);
        let scope = match (row.opt_text(4)?, row.opt_text(5)?) {
            (Some(kind), Some(id)) => Scope::Resource(tenant, resource(&kind, &id)?),
            _ => tenant.map_or(Scope::Everywhere, Scope::Tenant),
        };
        Ok(Self {
            id: BindingId::from_bytes(row.id16(0)?),
            subject: AccountId::from_bytes(row.id16(1)?),
            role: row.text(2)?,
            scope,
            created_at: Timestamp(row.int(6)?),
        })
    }
}

fn resource(kind: &str, id: &str) -> Result<Resource> {
    let kind: ResourceType = kind.parse().map_err(Error::internal)?;
    let id: ResourceId = id.parse().map_err(Error::internal)?;
    Ok(Resource { kind, id })
}

/// Adds that somebody holds a role from now on; nothing changes where they do already.
pub fn bind(ctx: &Ctx, act: impl Into<Act>, new: &Binding) -> Act {
    act.into().and(|unit| unit.step(&store::BIND, new.params())).changes(ctx, new.subject)
}

/// The same as a required step, refused where they do already.
pub fn bind_anew(ctx: &Ctx, act: impl Into<Act>, new: &Binding) -> Act {
    act.into().and(|unit| unit.require(&store::BIND, new.params())).changes(ctx, new.subject)
}

/// Adds that a binding is no more; a required step.
pub fn unbind(ctx: &Ctx, act: impl Into<Act>, binding: &Binding) -> Act {
    act.into().and(|unit| unit.require(&store::UNBIND, params![binding.id])).changes(ctx, binding.subject)
}

/// Adds, as a required step, that the binding is there and stays until the unit is done.
pub fn hold_binding(unit: Unit, binding: &Binding) -> Unit {
    unit.require(&store::HOLD_BINDING, params![binding.id])
}

/// Adds that the account holds nothing in the tenant any more, on no resource of it either.
pub fn leave(ctx: &Ctx, act: impl Into<Act>, who: AccountId, tenant: TenantId) -> Act {
    act.into().and(|unit| unit.step(&store::LEAVE, params![who, tenant])).changes(ctx, who)
}

/// Adds that nobody holds a role in the tenant any more. Nodes forget the tenant by its own change.
pub fn drop_all_in(act: impl Into<Act>, tenant: TenantId) -> Act {
    act.into().and(|unit| unit.step(&store::DROP_TENANT, params![tenant]))
}

/// Adds that nobody holds this role any more, in the tenant it belongs to or wherever a role of everywhere was given. All
/// nodes work out anew what accounts hold by the change of the roles.
pub fn drop_role_of_all(act: impl Into<Act>, role: &str, tenant: Option<TenantId>) -> Act {
    act.into().and(|unit| match tenant {
        Some(tenant) => unit.step(&store::DROP_ROLE_IN, params![role, tenant]),
        None => unit.step(&store::DROP_ROLE_EVERYWHERE, params![role]),
    })
}

/// Which bindings are wanted.
#[derive(Clone, Debug, Default)]
pub struct BindingFilter {
    /// Of this account.
    pub subject: Option<AccountId>,
    /// Of this role.
    pub role: Option<String>,
    /// In this tenant.
    pub tenant: Option<TenantId>,
    /// On resources of this type.
    pub resource_type: Option<String>,
    /// On this resource.
    pub resource_id: Option<String>,
}

/// Bindings, the newest first.
pub async fn bindings(
    ctx: &Ctx,
    filter: &BindingFilter,
    before: Option<BindingId>,
    limit: u32,
) -> Result<Vec<Binding>> {
    let before = before.unwrap_or(BindingId::from_bytes([0xff; 16]));
    let (kind, id) = (filter.resource_type.as_deref(), filter.resource_id.as_deref());
    // One statement for each index to be read by.
    let rows = match (filter.subject, filter.tenant) {
        (Some(subject), tenant) => {
            let row = params![before, limit, subject, filter.role.as_deref(), tenant, kind, id];
            ctx.db.scan(&store::BINDINGS_OF_SUBJECT, row).await?
        }
        (None, Some(tenant)) => {
            let row = params![before, limit, tenant, filter.role.as_deref(), kind, id];
            ctx.db.scan(&store::BINDINGS_OF_TENANT, row).await?
        }
        (None, None) => ctx.db.scan(&store::BINDINGS, params![before, limit, filter.role.as_deref(), kind, id]).await?,
    };
    rows.iter().map(Binding::read).collect()
}

/// One binding, or a 404.
pub async fn binding(ctx: &Ctx, id: BindingId) -> Result<Binding> {
    let row = ctx.db.first(&store::BINDING, params![id]).await?;
    row.as_ref().map(Binding::read).transpose()?.ok_or_else(Error::not_found)
}

/// The binding of this role to this account there.
pub async fn find_binding(ctx: &Ctx, who: AccountId, role: &str, scope: &Scope) -> Result<Option<Binding>> {
    let row = ctx.db.first(&store::FIND_BINDING, params![who, role, scope.key()]).await?;
    row.as_ref().map(Binding::read).transpose()
}

/// Names of the roles that the account holds there, straight from the database.
pub async fn held(ctx: &Ctx, who: AccountId, scope: &Scope) -> Result<Vec<String>> {
    let rows = ctx.db.query(&store::HELD, params![who, scope.key()]).await?;
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}

/// Ids of resources of this type that bindings outside of tenants name, at most so many, in no order.
pub async fn resources_bound(ctx: &Ctx, kind: &str, most: u32) -> Result<Vec<String>> {
    let rows = ctx.db.scan(&store::RESOURCES_BOUND, params![kind, most]).await?;
    rows.iter().map(|row| Ok(row.text(0)?)).collect()
}

/// How many bindings an account has, counted as far as the bound.
pub async fn count_bindings(ctx: &Ctx, who: AccountId) -> Result<u32> {
    let rows = ctx.db.scan(&store::COUNT_BINDINGS, params![who, MAX_BINDINGS]).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.int(0))?.try_into().unwrap_or(u32::MAX))
}

/// Somebody who holds a role in a tenant, and is a member of it by that.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub account: AccountId,
    /// The roles held in the tenant itself.
    pub roles: Vec<String>,
    /// Since when.
    pub since: Timestamp,
}

impl Member {
    fn read(row: &Row) -> Result<Self> {
        let mut roles: Vec<String> = row.str(1)?.split_whitespace().map(str::to_owned).collect();
        roles.sort();
        Ok(Self { account: AccountId::from_bytes(row.id16(0)?), roles, since: Timestamp(row.int(2)?) })
    }
}

/// Members of a tenant, the newest account first.
pub async fn members(ctx: &Ctx, tenant: TenantId, before: Option<AccountId>, limit: u32) -> Result<Vec<Member>> {
    let before = before.unwrap_or(AccountId::from_bytes([0xff; 16]));
    let row = params![Scope::Tenant(tenant).key(), before, limit];
    let rows = ctx.db.scan_within(tenant.bytes(), &store::MEMBERS, row).await?;
    rows.iter().map(Member::read).collect()
}

/// A member, if the account is one.
pub async fn member(ctx: &Ctx, tenant: TenantId, who: AccountId) -> Result<Option<Member>> {
    let row = ctx.db.first(&store::MEMBER, params![Scope::Tenant(tenant).key(), who]).await?;
    row.as_ref().map(Member::read).transpose()
}

/// A tenant that somebody belongs to.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Which.
    pub tenant: TenantId,
    /// The roles held in it.
    pub roles: Vec<String>,
    /// Since when.
    pub since: Timestamp,
}

/// The tenants that an account belongs to, by their ids.
pub async fn memberships(ctx: &Ctx, who: AccountId, after: Option<TenantId>, limit: u32) -> Result<Vec<Membership>> {
    let after = after.unwrap_or(TenantId::from_bytes([0; 16]));
    let rows = ctx.db.scan(&store::MEMBERSHIPS, params![who, after, limit]).await?;
    let read = |row: &Row| {
        let member = Member::read(row)?;
        Ok(Membership { tenant: TenantId::from_bytes(row.id16(0)?), roles: member.roles, since: member.since })
    };
    rows.iter().map(read).collect()
}

/// Adds, as required steps, that somebody else holds this role in the tenant and may sign in; for the last owner.
pub fn keep_another(act: Act, tenant: TenantId, role: &str, but: AccountId) -> Act {
    let key = Scope::Tenant(tenant).key();
    act.and(|unit| {
        unit.require(&store::HOLD_ROLE_IN, params![role, key.as_str()])
            .require(&store::ANOTHER_IN, params![role, key.as_str(), but])
    })
}

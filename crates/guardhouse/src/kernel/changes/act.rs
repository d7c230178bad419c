//! What a verb hands back: statements to run as one, with what this node learns at once when they are done.

use guardhouse_core::{
    ids::{AccountId, ApiKeyId, SessionId, TenantId},
    time::Timestamp,
};
use guardhouse_store::{Outcome, Steps, StoreError, Unit};

use super::{RENEWED, Topic, append, keep_until};
use crate::kernel::{audit::Event, ctx::Ctx, errors::Result, roles};

/// A unit that changes what nodes hold in memory. The change log in it tells the others; [`Act::run`] tells this one.
#[derive(Default)]
#[must_use = "an act does nothing until `run`"]
pub struct Act {
    unit: Unit,
    accounts: Vec<AccountId>,
    ended: Vec<SessionId>,
    tenants: Vec<TenantId>,
    roles: bool,
    keys: Vec<(ApiKeyId, bool)>,
    returning: Vec<usize>,
}

impl From<Unit> for Act {
    fn from(unit: Unit) -> Self {
        Self { unit, ..Self::default() }
    }
}

impl Act {
    /// Adds other work to the same unit.
    pub fn and(mut self, add: impl FnOnce(Unit) -> Unit) -> Self {
        self.unit = add(self.unit);
        self
    }

    /// Keeps all of it to what is this tenant's, where the database can (⚑ row-level security behind the types).
    pub fn within(self, tenant: Option<TenantId>) -> Self {
        match tenant {
            Some(tenant) => self.and(|unit| unit.within(tenant.bytes())),
            None => self,
        }
    }

    /// Adds work that may fail before it is written.
    pub fn try_and(mut self, add: impl FnOnce(Unit) -> Result<Unit>) -> Result<Self> {
        self.unit = add(self.unit)?;
        Ok(self)
    }

    /// Adds the event that says so in the audit log.
    pub fn audited(self, ctx: &Ctx, event: Event) -> Self {
        self.and(|unit| ctx.audit.step(ctx, unit, event))
    }

    /// The number of steps so far, which is the index of the next one.
    pub fn steps(&self) -> usize {
        self.unit.len()
    }

    /// Adds that something about the account is different, so that every node forgets what it holds of it.
    pub(in crate::kernel) fn changes(mut self, ctx: &Ctx, account: AccountId) -> Self {
        if !self.accounts.contains(&account) {
            self.unit = append(ctx, self.unit, Topic::Account, &account.bytes(), 0);
            self.accounts.push(account);
        }
        self
    }

    /// Adds that something about the tenant is different.
    pub(in crate::kernel) fn changes_tenant(mut self, ctx: &Ctx, tenant: TenantId) -> Self {
        if !self.tenants.contains(&tenant) {
            self.unit = append(ctx, self.unit, Topic::Tenant, &tenant.bytes(), 0);
            self.tenants.push(tenant);
        }
        self
    }

    /// Adds that roles are different: those of a tenant, or those that hold everywhere.
    pub(in crate::kernel) fn changes_roles(mut self, ctx: &Ctx, tenant: Option<TenantId>) -> Self {
        match tenant {
            Some(tenant) => self.changes_tenant(ctx, tenant),
            None if self.roles => self,
            None => {
                self.unit = append(ctx, self.unit, Topic::Roles, &[], 0);
                self.roles = true;
                self
            }
        }
    }

    /// Adds that the session ended.
    pub(in crate::kernel) fn ends(mut self, ctx: &Ctx, session: SessionId) -> Self {
        self.unit = append(ctx, self.unit, Topic::Session, &session.bytes(), 0);
        self.ended.push(session);
        self
    }

    /// Adds that the API key was revoked.
    pub fn ends_api_key(mut self, ctx: &Ctx, key: ApiKeyId) -> Self {
        self.unit = append(ctx, self.unit, Topic::ApiKey, &key.bytes(), 0);
        self.keys.push((key, true));
        self
    }

    /// Adds that something about the API key is different, so that every node reads it anew.
    pub fn changes_api_key(mut self, ctx: &Ctx, key: ApiKeyId) -> Self {
        self.unit = append(ctx, self.unit, Topic::ApiKey, &key.bytes(), RENEWED);
        self.keys.push((key, false));
        self
    }

    /// The step that `add` adds next returns the ids of sessions that end by it; it tells the others itself.
    pub(in crate::kernel) fn ends_what_it_returns(mut self, add: impl FnOnce(Unit) -> Unit) -> Self {
        self.returning.push(self.unit.len());
        self.unit = add(self.unit).notify();
        self
    }

    /// Runs the unit; what changed or ended is known to this node before this returns. `None` when a required step
    /// refused it.
    pub async fn run(self, ctx: &Ctx) -> Result<Option<Steps>> {
        Ok(self.run_or_refused(ctx).await?.done())
    }

    /// The same, saying which step refused, or which key stands against it.
    pub async fn run_or_refused(self, ctx: &Ctx) -> Result<Outcome, StoreError> {
        let outcome = ctx.db.run(self.unit).await;
        // Whatever came of it: nothing older than this is answered from memory.
        for account in self.accounts {
            ctx.accounts.forget(account);
        }
        for (key, _) in &self.keys {
            ctx.tell(Topic::ApiKey, key.bytes());
        }
        for tenant in self.tenants {
            ctx.tenants.forget(tenant);
        }
        if self.roles {
            // Should the reading fail, the listener tries again, and this node vouches for nobody until it succeeds.
            ctx.roles.changed();
            roles::reload(ctx).await?;
        }
        let steps = match outcome? {
            Outcome::Done(steps) => steps,
            refused @ Outcome::Refused { .. } => return Ok(refused),
        };
        let mut ended = self.ended;
        for step in self.returning {
            for row in &steps[step] {
                ended.push(SessionId::from_bytes(row.id16(0)?));
            }
        }
        let until = Timestamp(keep_until(ctx));
        for id in ended {
            ctx.ended.add(Topic::Session, id.bytes(), until);
            ctx.sessions.forget(id);
        }
        for (key, _) in self.keys.iter().filter(|(_, ended)| *ended) {
            ctx.ended.add(Topic::ApiKey, key.bytes(), until);
        }
        Ok(Outcome::Done(steps))
    }
}

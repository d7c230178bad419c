//! Changing an account.

use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::AccountId,
};
use guardhouse_store::{Outcome as UnitOutcome, StoreError};

use super::{
    access::{self, By},
    letters,
    rules::within_reach,
};
use crate::kernel::{
    accounts::{self, ADMIN, Account},
    audit::{Event, Outcome},
    changes::Act,
    codes,
    ctx::Ctx,
    errors::{Code, Error, Result},
};

/// What is to be different.
#[derive(Default)]
pub struct Changes {
    /// What to be called.
    pub name: Option<DisplayName>,
    /// Another address; it counts as verified only where `email_verified` says so.
    pub email: Option<EmailAddress>,
    /// Whether the administrator vouches for the address.
    pub email_verified: Option<bool>,
    /// All roles to hold from now on.
    pub roles: Option<Vec<String>>,
}

/// A change under way.
struct Change<'a> {
    ctx: &'a Ctx,
    by: &'a By,
    account: &'a Account,
    act: Act,
    /// So many first steps guard the last administrator.
    guarded: usize,
    /// What it changes.
    names: Vec<&'static str>,
    /// Roles given and taken, for the audit log (M-34).
    given: String,
    taken: String,
}

/// Changes an account.
pub async fn update(ctx: &Ctx, by: &By, id: AccountId, changes: Changes) -> Result<Account> {
    let account = within_reach(ctx, by, id).await?;
    let roles = changes.roles.map(access::role_names).transpose()?;
    let (act, names, given, taken) = (Act::default(), Vec::new(), String::new(), String::new());
    let mut change = Change { ctx, by, account: &account, act, guarded: 0, names, given, taken };
    if let Some(roles) = roles {
        change.roles(&roles)?;
    }
    if let Some(name) = changes.name {
        change.name(&name);
    }
    let email = changes.email.filter(|email| email.as_str() != account.email.as_str());
    if let Some(email) = email {
        // For the answer; the statement that changes the address decides.
        if accounts::by_email(ctx, &email).await?.is_some_and(|found| found.id != id) {
            return Err(accounts::taken());
        }
        change.email(&email, changes.email_verified.unwrap_or(false))?;
    } else if let Some(verified) = changes.email_verified {
        change.verified(verified);
    }
    change.run().await?;
    accounts::existing(ctx, id).await
}

impl Change<'_> {
    fn step(&mut self, add: impl FnOnce(Act) -> Act) {
        self.act = add(std::mem::take(&mut self.act));
    }

    /// Stands first, since the guard of the last administrator does.
    fn roles(&mut self, wanted: &[String]) -> Result<()> {
        let (ctx, id) = (self.ctx, self.account.id);
        let held = &self.account.authority.roles;
        let dropped: Vec<_> = held.iter().filter(|role| !wanted.contains(role)).collect();
        let given: Vec<_> = wanted.iter().filter(|role| !held.contains(role)).collect();
        access::may_give(ctx, self.by, dropped.iter().chain(&given).copied())?;
        if dropped.iter().any(|role| *role == ADMIN) {
            let account = self.account;
            self.step(|act| act.and(|unit| accounts::keep_an_admin(unit, account)));
            self.guarded = self.act.steps();
        }
        for role in &dropped {
            self.step(|act| accounts::drop_role(ctx, act, id, role));
        }
        for role in &given {
            self.step(|act| accounts::give_role(ctx, act, id, role));
        }
        if !dropped.is_empty() || !given.is_empty() {
            self.names.push("roles");
            self.given = joined(&given);
            self.taken = joined(&dropped);
        }
        Ok(())
    }

    fn name(&mut self, name: &DisplayName) {
        let (ctx, id) = (self.ctx, self.account.id);
        if name.as_str() != self.account.name {
            self.step(|act| accounts::rename(ctx, act, id, name));
            self.names.push("name");
        }
    }

    fn verified(&mut self, verified: bool) {
        let (ctx, id) = (self.ctx, self.account.id);
        if verified != self.account.email_verified() {
            self.step(|act| accounts::set_verified(ctx, act, id, verified));
            self.names.push("email_verified");
        }
    }

    /// What was mailed to the old address is worth nothing any more (`A12`), and its owner is told.
    fn email(&mut self, email: &EmailAddress, verified: bool) -> Result<()> {
        let (ctx, id) = (self.ctx, self.account.id);
        let old = &self.account.email;
        let act = accounts::change_email(ctx, std::mem::take(&mut self.act), id, old.key(), email);
        let act = accounts::set_verified(ctx, act, id, verified).and(|unit| codes::forget_all(unit, id));
        let act = act.try_and(|unit| letters::moved(ctx, unit, old.clone()))?;
        self.act = if verified { act } else { act.try_and(|unit| letters::verify(ctx, unit, id, email))? };
        self.names.push("email");
        Ok(())
    }

    async fn run(self) -> Result<()> {
        let Self { ctx, by, account, act, guarded, names, given, taken } = self;
        if names.is_empty() {
            return Ok(());
        }
        let event = Event::new("users.updated", Outcome::Success)
            .subject(account.id)
            .by(&by.who)
            .detail("changed", names.join(" "));
        let roles = [("roles_given", given), ("roles_taken", taken)].into_iter().filter(|(_, roles)| !roles.is_empty());
        let event = roles.fold(event, |event, (name, roles)| event.detail(name, roles));
        match act.audited(ctx, event).run_or_refused(ctx).await {
            Ok(UnitOutcome::Done(_)) => Ok(()),
            Ok(UnitOutcome::Refused { step }) if step < guarded => Err(accounts::last_admin()),
            Ok(UnitOutcome::Refused { .. }) => {
                Err(Error::new(Code::Conflict, "The account was changed at the same moment. Try again."))
            }
            Err(StoreError::Conflict { .. }) => Err(accounts::taken()),
            Err(error) => Err(error.into()),
        }
    }
}

fn joined(roles: &[&String]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ")
}

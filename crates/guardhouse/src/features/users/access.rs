//! Who may give what to whom (`T3`): nobody gives what they do not hold, or touches an account that holds more.

use std::sync::Arc;

use guardhouse_core::principal::{Authority, Principal};

use crate::kernel::{
    accounts::Account,
    audit::Who,
    errors::{Code, Detail, Error, Result},
    http::client::Client,
};

/// Who administers: named in the audit log, and bounded by what they hold themselves.
#[derive(Clone, Debug)]
pub struct By {
    pub(super) who: Who,
    authority: Option<Arc<Authority>>,
}

impl By {
    /// The server's own command line: whoever runs it holds the database anyway.
    pub fn system() -> Self {
        Self { who: Who::system(), authority: None }
    }

    /// Whoever holds a secret that the server gave to its operator alone, from where they are.
    pub fn operator(client: &Client) -> Self {
        Self { who: Who::at(client), authority: None }
    }

    /// The maker of a request.
    pub fn caller(principal: &Principal, client: &Client) -> Self {
        Self { who: Who::of(principal, client), authority: Some(Arc::clone(&principal.authority)) }
    }

    /// Who that is, for the audit log.
    pub fn who(&self) -> &Who {
        &self.who
    }

    fn holds(&self, permission: &str) -> bool {
        self.authority.as_ref().is_none_or(|authority| authority.allows(permission))
    }

    /// Refuses an account that holds a permission which the caller lacks.
    pub(super) fn may_act_on(&self, account: &Account) -> Result<()> {
        if account.authority.permissions.iter().all(|permission| self.holds(permission)) {
            return Ok(());
        }
        Err(Error::new(Code::Forbidden, "This account holds permissions that you do not hold."))
    }

    /// Refuses to give or take a role that the caller does not hold. What a role gathers may grow later, and other
    /// services read roles by name; so holding its permissions of today is not enough.
    pub(super) fn may_give<'a>(&self, roles: impl IntoIterator<Item = &'a String>) -> Result<()> {
        let Some(authority) = self.authority.as_ref().filter(|authority| !authority.allows("*")) else { return Ok(()) };
        let lacking = roles.into_iter().find(|role| !authority.roles.contains(role));
        lacking.map_or(Ok(()), |role| {
            Err(Error::new(Code::Forbidden, format!("You do not hold the role {role}, so you cannot give or take it.")))
        })
    }
}

/// The longest name of a role, in bytes.
const MAX_ROLE: usize = 64;

/// Names of roles, sorted, each once; refused where one is no name.
pub(super) fn role_names(mut roles: Vec<String>) -> Result<Vec<String>> {
    let letter = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    let bad = |role: &&String| role.is_empty() || role.len() > MAX_ROLE || !role.chars().all(letter);
    if roles.iter().find(bad).is_some() {
        let message = format!("A role is 1 to {MAX_ROLE} letters, digits and -_.: without spaces.");
        return Err(Error::validation(vec![Detail::new("roles", "INVALID_ROLE", message)]));
    }
    roles.sort();
    roles.dedup();
    Ok(roles)
}

//! The user of the HTTP contract.

use std::{
    any::Any,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use guardhouse_core::{ids::AccountId, time::Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::Account;
use crate::kernel::errors::{Error, Result};

/// A user as answers show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct User {
    /// `usr_…`
    #[schema(value_type = String, example = "usr_01h455vb4pex5vsknk084sn02q")]
    pub id: AccountId,
    /// The e-mail address.
    #[schema(example = "alice@example.com")]
    pub email: String,
    /// Whether its owner showed that it is theirs.
    pub email_verified: bool,
    /// What the person is called.
    #[schema(example = "Alice")]
    pub name: String,
    /// Names of roles.
    pub roles: Vec<String>,
    /// Whether a second factor is enrolled.
    pub mfa_enabled: bool,
    /// Whether the account may not sign in.
    pub disabled: bool,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub created_at: Timestamp,
    /// RFC 3339, UTC.
    #[schema(value_type = Option<String>, example = "2026-01-02T03:04:05Z")]
    pub last_login_at: Option<Timestamp>,
}

impl From<&Account> for User {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id,
            email: account.email.as_str().to_owned(),
            email_verified: account.email_verified(),
            name: account.name.clone(),
            roles: account.authority.roles.clone(),
            mfa_enabled: account.second_factor,
            disabled: account.disabled_at.is_some(),
            created_at: account.created_at,
            last_login_at: account.last_login_at,
        }
    }
}

/// What is made of an account at its first use: the JSON text of its [`User`], since writing it anew for each answer
/// costs as much as the rest of the request, and the form that policies are asked with. An account in memory never
/// changes, and a changed one is read anew.
#[derive(Debug, Default)]
pub struct Shown {
    text: OnceLock<Bytes>,
    form: OnceLock<Arc<dyn Any + Send + Sync>>,
}

/// A copy may be altered, so it begins with nothing.
impl Clone for Shown {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Account {
    /// The text of its [`User`].
    pub fn json(&self) -> Result<Bytes> {
        if let Some(text) = self.shown.text.get() {
            return Ok(text.clone());
        }
        let text = Bytes::from(serde_json::to_vec(&User::from(self)).map_err(Error::internal)?);
        Ok(self.shown.text.get_or_init(|| text).clone())
    }

    /// What `make` makes of the account, kept with it. There is one such form; a second of another type is made each time.
    pub fn form<T: Send + Sync + 'static>(&self, make: impl Fn(&Self) -> T) -> Arc<T> {
        let kept = self.shown.form.get_or_init(|| Arc::new(make(self)));
        Arc::clone(kept).downcast().unwrap_or_else(|_| Arc::new(make(self)))
    }
}

//! The user of the HTTP contract.

use guardhouse_core::{ids::AccountId, time::Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::Account;

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
            email: account.email.clone(),
            email_verified: account.email_verified(),
            name: account.name.clone(),
            roles: account.authority.roles.clone(),
            mfa_enabled: false,
            disabled: account.disabled_at.is_some(),
            created_at: account.created_at,
            last_login_at: account.last_login_at,
        }
    }
}

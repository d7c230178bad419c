//! Who makes a request: exactly one credential, and what it stands for.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    ids::{AccountId, ApiKeyId, GrantId, SessionId, TenantId},
    permission::covers,
    time::Timestamp,
};

/// How a request authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A signed access token (RFC 9068) as bearer.
    AccessToken,
    /// The session cookie; the only ambient credential, so the only one that CSRF concerns.
    Cookie,
    /// HTTP Basic (RFC 7617).
    Basic,
    /// An API key.
    ApiKey,
}

impl CredentialKind {
    /// The word for it in the audit log and in `X-Auth-Method`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::Cookie => "cookie",
            Self::Basic => "basic",
            Self::ApiKey => "api_key",
        }
    }
}

/// How strongly, and when, a person proved who they are (RFC 8176, RFC 9470).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assurance {
    /// Authentication methods, RFC 8176: `pwd`, `otp`, `hwk`, …
    pub amr: Vec<String>,
    /// When the person last proved it.
    pub auth_time: Timestamp,
}

impl Assurance {
    /// The authentication context class: `aal2` with two kinds of proof, else `aal1`.
    pub fn acr(&self) -> &'static str {
        if self.amr.iter().any(|method| method == "mfa") { "aal2" } else { "aal1" }
    }
}

/// What somebody may do: role names, and the permissions these gather.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authority {
    /// Names of the roles that were given, sorted.
    pub roles: Vec<String>,
    /// These and all that they include.
    pub included: BTreeSet<String>,
    /// Permissions such as `users:read`; `users:*` and `*` stand for all that begin so.
    pub permissions: BTreeSet<String>,
    /// What a credential is cut down to, as an API key to its scopes: of the permissions only those count that are also
    /// in here. Nothing is cut where there is none.
    pub within: Option<Arc<BTreeSet<String>>>,
}

impl Authority {
    /// Whether `permission` is among them, by name or by a wildcard at the end, and not beyond what the credential is for.
    pub fn allows(&self, permission: &str) -> bool {
        covers(&self.permissions, permission) && self.within.as_ref().is_none_or(|within| covers(within, permission))
    }

    /// Whether the role was given, or is included in one that was.
    pub fn holds(&self, role: &str) -> bool {
        self.included.contains(role)
    }

    /// The same authority for a credential that is for these scopes alone. What is named by role reaches beyond any scope,
    /// so roles stay only where the scopes are everything.
    #[must_use]
    pub fn cut_to(&self, scopes: &BTreeSet<String>) -> Self {
        let within = self.within.as_ref().map_or_else(|| scopes.clone(), |within| common(within, scopes));
        let whole = covers(&within, "*");
        Self {
            roles: if whole { self.roles.clone() } else { Vec::new() },
            included: if whole { self.included.clone() } else { BTreeSet::new() },
            permissions: common(&self.permissions, &within),
            within: Some(Arc::new(within)),
        }
    }
}

/// The patterns that stand for all that both sets stand for.
fn common(one: &BTreeSet<String>, other: &BTreeSet<String>) -> BTreeSet<String> {
    let of = |these: &BTreeSet<String>, those: &BTreeSet<String>| -> BTreeSet<String> {
        these.iter().filter(|pattern| covers(those, pattern)).cloned().collect()
    };
    &of(one, other) | &of(other, one)
}

/// The authenticated maker of a request.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The account.
    pub subject: AccountId,
    /// The tenant acted in.
    pub tenant: Option<TenantId>,
    /// The kind of credential that was shown.
    pub credential: CredentialKind,
    /// The session, where a person is signed in.
    pub session: Option<SessionId>,
    /// The grant, where a client holds tokens.
    pub grant: Option<GrantId>,
    /// How strongly the person proved who they are; none for machines.
    pub assurance: Option<Arc<Assurance>>,
    /// Roles and permissions everywhere, as this server knows them now, whatever a token says. This server's own
    /// management asks for these.
    pub authority: Arc<Authority>,
    /// The same in the tenant acted in, those everywhere among them.
    pub in_tenant: Option<Arc<Authority>>,
    /// Who acts in the subject's name (impersonation).
    pub actor: Option<AccountId>,
    /// The API key that was shown, or that a token was exchanged for.
    pub api_key: Option<ApiKeyId>,
}

impl Principal {
    /// What the principal may do where it acts: in its tenant, or everywhere where it acts in none.
    pub fn here(&self) -> &Arc<Authority> {
        self.in_tenant.as_ref().unwrap_or(&self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_authority_allows_what_both_allow_and_keeps_no_role_m05() {
        let set = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let whole = Authority {
            roles: vec!["editor".to_owned()],
            included: set(&["editor", "reader"]),
            permissions: set(&["a:*", "b:read"]),
            within: None,
        };
        let cut = whole.cut_to(&set(&["a:b:*", "b:*", "c:read"]));
        assert!(cut.allows("a:b:c") && cut.allows("b:read"));
        assert!(!cut.allows("a:c") && !cut.allows("b:write") && !cut.allows("c:read"));
        assert_eq!((&cut.roles, &cut.permissions), (&vec![], &set(&["a:b:*", "b:read"])));
        assert!(!cut.holds("editor") && !cut.holds("reader") && whole.holds("reader"));
        // A cut is never widened again.
        assert!(!cut.cut_to(&set(&["*"])).allows("a:c"));
        assert_eq!(whole.cut_to(&set(&["*"])).roles, whole.roles);
        assert!(!whole.cut_to(&set(&[])).allows("b:read"));
    }
}

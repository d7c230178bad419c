//! What a tenant asks of its members.

use guardhouse_core::time::Span;
use serde::{Deserialize, Serialize};

/// Kept as JSON with the tenant. A member that is not set leaves the server's own setting in force; none can loosen it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantPolicy {
    /// Whether whoever acts in the tenant must have shown a second factor.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_mfa: bool,
    /// How long after the person last proved who they are the tenant may be acted in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_length: Option<Span>,
    /// Methods of signing in (RFC 8176 `amr`) of which one must have been used; any where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sign_in_methods: Vec<String>,
}

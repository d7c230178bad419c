//! A tenant as answers show it, and its policy as it is asked for.

use guardhouse_core::{
    ids::TenantId,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::kernel::{
    http::input::{Fault, Field},
    tenants::{Tenant, TenantPolicy},
};

/// A tenant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TenantView {
    /// `ten_…`
    #[schema(value_type = String, example = "ten_01h455vb4pex5vsknk084sn02q")]
    pub id: TenantId,
    /// What it is called.
    #[schema(example = "Acme Corp.")]
    pub name: String,
    /// Its name in URLs and login forms.
    #[schema(example = "acme-corp")]
    pub slug: String,
    /// Whether nobody may act in it.
    pub disabled: bool,
    /// What it asks of its members.
    pub policy: PolicyView,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub created_at: Timestamp,
}

/// What a tenant asks of whoever acts in it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyView {
    /// Whether they must have shown a second factor.
    pub require_mfa: bool,
    /// How long after their last proof of who they are: `8h`.
    #[schema(value_type = Option<String>, example = "8h")]
    pub session_length: Option<Span>,
    /// Methods of signing in (RFC 8176) of which they must have used one: `pwd`, `otp`, `hwk`; any where it is empty.
    pub sign_in_methods: Vec<String>,
}

impl From<&Tenant> for TenantView {
    fn from(tenant: &Tenant) -> Self {
        let policy = tenant.policy.clone();
        Self {
            id: tenant.id,
            name: tenant.name.clone(),
            slug: tenant.slug.clone(),
            disabled: tenant.disabled_at.is_some(),
            policy: PolicyView {
                require_mfa: policy.require_mfa,
                session_length: policy.session_length,
                sign_in_methods: policy.sign_in_methods,
            },
            created_at: tenant.created_at,
        }
    }
}

const SHORTEST: Span = Span::minutes(5);
const LONGEST: Span = Span::days(365);
const MOST_METHODS: usize = 16;

/// A policy that is asked for, whole.
pub(super) struct Policy(pub(super) TenantPolicy);

impl Field for Policy {
    fn read(value: Value) -> Result<Self, Fault> {
        let wrong = |text: String| Fault::new("INVALID_POLICY", text);
        let wanted: PolicyView = serde_json::from_value(value).map_err(|error| wrong(format!("{error}.")))?;
        if wanted.session_length.is_some_and(|length| length < SHORTEST || length > LONGEST) {
            return Err(wrong(format!("session_length is from {SHORTEST} to {LONGEST}.")));
        }
        let word = |method: &String| {
            (1..=32).contains(&method.len())
                && method.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
        };
        if wanted.sign_in_methods.len() > MOST_METHODS || !wanted.sign_in_methods.iter().all(word) {
            return Err(wrong(format!("sign_in_methods are at most {MOST_METHODS} words of RFC 8176.")));
        }
        let PolicyView { require_mfa, session_length, sign_in_methods } = wanted;
        Ok(Self(TenantPolicy { require_mfa, session_length, sign_in_methods }))
    }

    fn schema() -> RefOr<Schema> {
        PolicyView::schema()
    }
}

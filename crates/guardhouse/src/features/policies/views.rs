//! How answers show policies.

use guardhouse_core::{
    ids::{AccountId, PolicyId},
    time::Timestamp,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::store::{StoredPolicy, StoredVersion};

/// A policy with the source of its active version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PolicyView {
    /// Its id.
    #[schema(value_type = String, example = "pol_01h455vb4pex5vsknk084sn02q")]
    pub id: PolicyId,
    /// Its name, which no other policy has.
    #[schema(example = "records")]
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The version in effect.
    #[schema(example = 3)]
    pub version: i64,
    /// The Cedar source of that version.
    pub source: String,
    /// Test cases that are run before any change of policies takes effect.
    #[schema(value_type = Vec<Object>)]
    pub tests: Value,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub updated_at: Timestamp,
}

impl From<StoredPolicy> for PolicyView {
    fn from(stored: StoredPolicy) -> Self {
        Self {
            id: stored.active.id,
            name: stored.active.name.to_string(),
            description: stored.description,
            version: stored.active.version,
            source: stored.active.source.to_string(),
            tests: serde_json::from_str(&stored.tests).unwrap_or_default(),
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        }
    }
}

/// Some policies.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Policies {
    /// The policies, the newest first.
    pub data: Vec<PolicyView>,
    /// What to send as `cursor` for the next page.
    #[schema(value_type = Option<String>)]
    pub next_cursor: Option<PolicyId>,
}

/// One version of a policy, or of the schema. It never changes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PolicyVersion {
    /// From 1 on.
    pub version: i64,
    /// Its source.
    pub source: String,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub created_at: Timestamp,
    /// Who wrote it; nobody for the command line.
    #[schema(value_type = Option<String>)]
    pub created_by: Option<AccountId>,
}

impl From<StoredVersion> for PolicyVersion {
    fn from(stored: StoredVersion) -> Self {
        Self {
            version: stored.version,
            source: stored.source,
            created_at: stored.created_at,
            created_by: stored.created_by,
        }
    }
}

/// Some versions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PolicyVersions {
    /// The versions, the newest first.
    pub data: Vec<PolicyVersion>,
    /// What to send as `cursor` for the next page.
    pub next_cursor: Option<String>,
}

//! Where a role holds: everywhere, in a tenant, or on one resource (M-21, M-23, M-25).

use std::str::FromStr;

use crate::ids::TenantId;

/// The longest type of a resource, in bytes.
pub const MAX_TYPE: usize = 64;
/// The longest id of a resource, in bytes.
pub const MAX_ID: usize = 256;

/// The text is no type of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a type is 1 to {MAX_TYPE} letters, digits and _-.: without spaces")]
pub struct NotAType;

/// The text is no id of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to {MAX_ID} bytes without control characters")]
pub struct NotAnId;

/// What kind of thing a resource is: `document`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceType(String);

/// Which of its kind a resource is, as the application names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceId(String);

impl FromStr for ResourceType {
    type Err = NotAType;

    fn from_str(text: &str) -> Result<Self, NotAType> {
        let letter = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
        if text.is_empty() || text.len() > MAX_TYPE || !text.chars().all(letter) {
            return Err(NotAType);
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for ResourceId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if text.is_empty() || text.len() > MAX_ID || text.chars().any(char::is_control) {
            return Err(NotAnId);
        }
        Ok(Self(text.to_owned()))
    }
}

impl ResourceType {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ResourceId {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One thing of the application.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    /// Its kind.
    pub kind: ResourceType,
    /// Which of its kind.
    pub id: ResourceId,
}

/// Where a role holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In all this server decides, in no tenant or any.
    Everywhere,
    /// In one tenant.
    Tenant(TenantId),
    /// On one resource, of a tenant where one is named.
    Resource(Option<TenantId>, Resource),
}

impl Scope {
    /// The tenant it belongs to.
    pub fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::Everywhere => None,
            Self::Tenant(tenant) => Some(*tenant),
            Self::Resource(tenant, _) => *tenant,
        }
    }

    /// The resource, where it is on one.
    pub fn resource(&self) -> Option<&Resource> {
        match self {
            Self::Resource(_, resource) => Some(resource),
            _ => None,
        }
    }

    /// One text for each scope: empty for everywhere, the tenant's id, or tenant, type and id. A type has no slash, so no
    /// two scopes share a text.
    pub fn key(&self) -> String {
        match self {
            Self::Everywhere => String::new(),
            Self::Tenant(tenant) => tenant.to_string(),
            Self::Resource(tenant, Resource { kind, id }) => {
                let tenant = tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
                format!("{tenant}/{}/{}", kind.as_str(), id.as_str())
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn resource(kind: &str, id: &str) -> Resource {
        Resource { kind: kind.parse().unwrap(), id: id.parse().unwrap() }
    }

    #[test]
    fn types_and_ids_are_bounded_m39() {
        for bad in ["", "a/b", "a b", "\u{e9}", &"a".repeat(MAX_TYPE + 1)] {
            assert!(bad.parse::<ResourceType>().is_err(), "{bad}");
        }
        for bad in ["", "a\0b", "a\nb", &"a".repeat(MAX_ID + 1)] {
            assert!(bad.parse::<ResourceId>().is_err(), "{bad}");
        }
        assert!("reports/2026/\u{e9}".parse::<ResourceId>().is_ok());
    }

    fn any_scope() -> impl Strategy<Value = Scope> {
        let tenant = || prop::option::of((0u8..3).prop_map(|n| TenantId::from_bytes([n; 16])));
        (0u8..3, tenant(), "[a-c]{1,2}", "[a-c/]{1,3}").prop_map(|(kind, tenant, name, id)| match (kind, tenant) {
            (0, _) => Scope::Everywhere,
            (1, Some(tenant)) => Scope::Tenant(tenant),
            _ => Scope::Resource(tenant, resource(&name, &id)),
        })
    }

    proptest! {
        #[test]
        fn no_two_scopes_share_a_key_t2(one in any_scope(), other in any_scope()) {
            prop_assert_eq!(one == other, one.key() == other.key());
        }
    }
}

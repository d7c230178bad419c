//! The roles that are there without anybody declaring them (M-21).

/// A role of the house.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// The permissions it gathers.
    pub permissions: &'static [&'static str],
    /// The roles it includes.
    pub includes: &'static [&'static str],
}

/// The role that holds every permission; given by the command line or another administrator, never by default
/// (ASVS 6.3.2).
pub const ADMIN: &str = "admin";
/// Whoever makes a tenant, and whoever they hand it to.
pub const OWNER: &str = "owner";

/// Roles that hold everywhere.
pub const EVERYWHERE: &[BuiltIn] = &[
    BuiltIn { name: ADMIN, about: "Everything.", permissions: &["*"], includes: &[] },
    BuiltIn {
        name: "user-admin",
        about: "Manage people who hold no more than this role.",
        permissions: &["users:read", "users:write", "sessions:*", "api-keys:*"],
        includes: &[],
    },
    BuiltIn {
        name: "access-admin",
        about: "Manage roles, permissions and policies, and give what one holds.",
        permissions: &["users:read", "roles:*", "permissions:*", "role-bindings:*", "policies:*", "access:*"],
        includes: &[],
    },
    BuiltIn {
        name: "tenant-admin",
        about: "Make tenants and manage all of them.",
        permissions: &["users:read", "tenants:*", "members:*", "invitations:*", "domains:*"],
        includes: &[],
    },
    BuiltIn {
        name: "auditor",
        about: "Read the audit log, and who may do what.",
        permissions: &[
            "audit-events:read",
            "users:read",
            "sessions:read",
            "roles:read",
            "permissions:read",
            "role-bindings:read",
            "policies:read",
            "tenants:read",
            "members:read",
            "stats:read",
            "signing-keys:read",
        ],
        includes: &[],
    },
    BuiltIn {
        name: "decider",
        about: "For services that ask whether somebody may do something.",
        permissions: &["access:evaluate"],
        includes: &[],
    },
];

/// Roles that hold in a tenant, and only in the one they are given in.
pub const IN_A_TENANT: &[BuiltIn] = &[
    BuiltIn {
        name: OWNER,
        about: "All of the tenant, its end included.",
        permissions: &["tenants:delete"],
        includes: &[ADMIN],
    },
    BuiltIn {
        name: ADMIN,
        about: "Manage the tenant: members, invitations, roles, domains, keys.",
        permissions: &[
            "tenants:write",
            "members:*",
            "invitations:*",
            "domains:*",
            "roles:*",
            "role-bindings:*",
            "service-accounts:*",
            "api-keys:*",
            "audit-events:read",
        ],
        includes: &["member"],
    },
    BuiltIn {
        name: "member",
        about: "Belong to the tenant and see who else does.",
        permissions: &["tenants:read", "members:read", "roles:read"],
        includes: &[],
    },
];

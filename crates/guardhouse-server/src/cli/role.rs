//! `role`: what may be done, and who may do it.

use clap::{Args, Subcommand};
use guardhouse::features::roles::{NewRole, RoleChanges};
use guardhouse_core::{
    ids::{BindingId, TenantId},
    scope::Resource,
};

use super::Context;
use crate::{
    data::{ServerOptions, Where, with_data},
    failure::Failure,
};

const ROLES: [&str; 4] = ["name", "permissions", "includes", "description"];
const PERMISSIONS: [&str; 2] = ["name", "description"];
const BINDINGS: [&str; 5] = ["id", "subject", "role", "tenant_id", "resource"];

/// What to do with roles. USER is an e-mail address or an id.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  guardhouse role declare documents:read documents:write
  guardhouse role create editor --permission documents:read --permission documents:write
  guardhouse role give editor bob@example.com
  guardhouse role give editor bob@example.com --resource document:42
  guardhouse role bindings bob@example.com")]
pub(super) enum Role {
    /// List roles, those of the house among them
    #[command(
        after_help = "Examples:\n  guardhouse role list\n  guardhouse role list --tenant ten_01h455vb4pex5vsknk084sn02q"
    )]
    List(OfTenant),
    /// Show a role
    #[command(after_help = "Examples:\n  guardhouse role show editor")]
    Show {
        /// The role's name or id
        role: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Declare a role
    Create(Create),
    /// Change what a role gathers; whoever holds it holds the new one at once
    Update(Update),
    /// Remove a role and take it from all who hold it
    #[command(after_help = "Examples:\n  guardhouse role delete editor --yes")]
    Delete {
        /// The role's name or id
        role: String,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
    /// Declare permissions, so that roles may gather them
    #[command(after_help = "Examples:\n  guardhouse role declare documents:read documents:write")]
    Declare {
        /// Kind of thing and act, joined by a colon
        #[arg(required = true)]
        permissions: Vec<String>,
    },
    /// List declared permissions
    #[command(after_help = "Examples:\n  guardhouse role permissions --format json")]
    Permissions,
    /// Give a role to a user: everywhere, in a tenant or on one resource
    Give(Give),
    /// Take a role from a user
    #[command(
        after_help = "Examples:\n  guardhouse role take bnd_01h455vb4pex5vsknk084sn02q   # of `guardhouse role bindings`"
    )]
    Take {
        /// The binding's id
        binding: BindingId,
    },
    /// Who holds which role where
    #[command(
        after_help = "Examples:\n  guardhouse role bindings bob@example.com\n  guardhouse role bindings --role editor"
    )]
    Bindings {
        /// Only what this user holds: e-mail address or id
        user: Option<String>,
        /// Only this role
        #[arg(long)]
        role: Option<String>,
    },
}

/// Whose roles.
#[derive(Args, Debug)]
pub(super) struct OfTenant {
    /// Those of a tenant
    #[arg(long, value_name = "ID")]
    tenant: Option<TenantId>,
}

/// Declares a role.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse role create editor --permission documents:read --permission documents:write
  guardhouse role create lead --include editor --permission 'reports:*'")]
pub(super) struct Create {
    /// What to call it
    name: String,
    /// What it is for
    #[arg(long, default_value = "")]
    description: String,
    /// A permission it gathers; may be given several times
    #[arg(long = "permission", value_name = "PERMISSION")]
    permissions: Vec<String>,
    /// A role it includes; may be given several times
    #[arg(long = "include", value_name = "ROLE")]
    includes: Vec<String>,
    #[command(flatten)]
    of: OfTenant,
}

/// Changes a role.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse role update editor --permission 'documents:*'   # all that it gathers from now on
  guardhouse role update editor --no-permissions --include reader")]
pub(super) struct Update {
    /// The role's name or id
    role: String,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
    /// All permissions it gathers from now on; may be given several times
    #[arg(long = "permission", value_name = "PERMISSION", conflicts_with = "no_permissions")]
    permissions: Vec<String>,
    /// Gather nothing by itself
    #[arg(long)]
    no_permissions: bool,
    /// All roles it includes from now on; may be given several times
    #[arg(long = "include", value_name = "ROLE", conflicts_with = "no_includes")]
    includes: Vec<String>,
    /// Include nothing
    #[arg(long)]
    no_includes: bool,
}

/// Gives a role.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse role give editor bob@example.com
  guardhouse role give editor bob@example.com --tenant ten_01h455vb4pex5vsknk084sn02q
  guardhouse role give editor bob@example.com --resource document:42")]
pub(super) struct Give {
    /// The role's name
    role: String,
    /// E-mail address or id
    user: String,
    /// In this tenant
    #[arg(long, value_name = "ID")]
    tenant: Option<TenantId>,
    /// On this resource alone
    #[arg(long, value_name = "TYPE:ID", value_parser = resource)]
    resource: Option<Resource>,
}

fn resource(text: &str) -> Result<Resource, String> {
    let (kind, id) = text.split_once(':').ok_or("write it as TYPE:ID, as in document:42")?;
    Ok(Resource {
        kind: kind.parse().map_err(|error| format!("{error}"))?,
        id: id.parse().map_err(|error| format!("{error}"))?,
    })
}

impl Update {
    fn changes(self) -> Result<RoleChanges, Failure> {
        let all = |names: Vec<String>, none: bool| (none || !names.is_empty()).then_some(names);
        let changes = RoleChanges {
            description: self.description,
            permissions: all(self.permissions, self.no_permissions),
            includes: all(self.includes, self.no_includes),
        };
        if changes.description.is_none() && changes.permissions.is_none() && changes.includes.is_none() {
            return Err(Failure::usage("nothing to change").mend("give --description, --permission or --include"));
        }
        Ok(changes)
    }
}

impl Role {
    pub(super) fn run(self, context: &Context, server: &ServerOptions) -> Result<(), Failure> {
        let out = context.out;
        match self {
            Self::List(of) => with_data(context, server, async |data| {
                out.table(&data.roles(of.tenant).await?, &ROLES, "There is no role.")
            }),
            Self::Show { role, of } => {
                with_data(context, server, async |data| out.record(&data.role(&role, of.tenant).await?))
            }
            Self::Create(Create { name, description, permissions, includes, of }) => {
                let new = NewRole { name, description, permissions, includes };
                with_data(context, server, async |data| out.record(&data.create_role(new, of.tenant).await?))
            }
            Self::Update(verb) => {
                let (role, changes) = (verb.role.clone(), verb.changes()?);
                with_data(context, server, async |data| out.record(&data.update_role(&role, changes).await?))
            }
            Self::Delete { role, yes: false } => {
                Err(Failure::usage(format!("`{role}` would be taken from all who hold it")).mend("add --yes"))
            }
            Self::Delete { role, yes: true } => with_data(context, server, async |data| {
                data.delete_role(&role).await?;
                out.line(format!("The role {role} is gone."))
            }),
            Self::Declare { permissions } => with_data(context, server, async |data| {
                for name in &permissions {
                    data.declare_permission(name, "").await?;
                }
                out.line(format!("Declared: {}", permissions.join(" ")))
            }),
            Self::Permissions => with_data(context, server, async |data| {
                out.table(&data.permissions().await?, &PERMISSIONS, "No permission is declared yet.")
            }),
            Self::Give(Give { role, user, tenant, resource }) => with_data(context, server, async |data| {
                let user = data.user_id(&user).await?;
                out.record(&data.bind(user, &role, Where { tenant, resource }).await?)
            }),
            Self::Take { binding } => with_data(context, server, async |data| {
                data.unbind(binding).await?;
                out.line(format!("The binding {binding} is gone."))
            }),
            Self::Bindings { user, role } => with_data(context, server, async |data| {
                let user = match user {
                    Some(named) => Some(data.user_id(&named).await?),
                    None => None,
                };
                out.table(&data.bindings(user, role.as_deref()).await?, &BINDINGS, "Nobody holds such a role.")
            }),
        }
    }
}

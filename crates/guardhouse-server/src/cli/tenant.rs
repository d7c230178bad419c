//! `tenant`: organisations and who belongs to them.

use clap::{Args, Subcommand};
use guardhouse::features::tenants::{Changes, Slug};
use guardhouse_core::email::{DisplayName, EmailAddress};

use super::Context;
use crate::{
    data::{ServerOptions, with_data},
    failure::Failure,
    out::text,
};

const COLUMNS: [&str; 5] = ["id", "slug", "name", "disabled", "created_at"];
const MEMBERS: [&str; 5] = ["user_id", "email", "name", "roles", "created_at"];

/// What to do with tenants. TENANT is a slug or an id.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  guardhouse tenant create --name \"Acme Corp.\" --slug acme --owner alice@example.com
  guardhouse tenant invite acme --email bob@example.com --role admin
  guardhouse tenant members acme
  GUARDHOUSE_TOKEN=… guardhouse tenant list --server https://auth.example.com")]
pub(super) enum Tenant {
    /// Make a tenant
    Create(Create),
    /// List tenants, the newest first
    List(List),
    /// Show a tenant
    #[command(after_help = "Examples:\n  guardhouse tenant show acme --format json")]
    Show(Named),
    /// Change what a tenant is called
    Update(Update),
    /// Keep everybody from acting in a tenant, on every running server within a second
    #[command(after_help = "Examples:\n  guardhouse tenant disable acme")]
    Disable(Named),
    /// Let members act in a tenant again
    #[command(after_help = "Examples:\n  guardhouse tenant enable acme")]
    Enable(Named),
    /// Remove a tenant with its roles, invitations, domains and service accounts; there is no way back
    Delete(Delete),
    /// List who belongs to a tenant
    #[command(after_help = "Examples:\n  guardhouse tenant members acme --format json")]
    Members(Named),
    /// Mail an invitation into a tenant
    Invite(Invite),
}

/// Makes a tenant.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse tenant create --name \"Acme Corp.\"
  guardhouse tenant create --name \"Acme Corp.\" --slug acme --owner alice@example.com")]
pub(super) struct Create {
    /// What it is called
    #[arg(long)]
    name: String,
    /// Its name in URLs and login forms; made from --name by default
    #[arg(long)]
    slug: Option<Slug>,
    /// Who owns it: e-mail address or id
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
}

/// Lists tenants.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse tenant list
  guardhouse tenant list --search acme --limit 20 --format json")]
pub(super) struct List {
    /// Part of a name or a slug
    #[arg(long, value_name = "TEXT", default_value = "")]
    search: String,
    /// At most so many; all by default
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

/// A tenant that is there.
#[derive(Args, Debug)]
pub(super) struct Named {
    /// Slug or id
    tenant: String,
}

/// Changes a tenant.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse tenant update acme --name \"Acme International\"
  guardhouse tenant update acme --slug acme-int")]
pub(super) struct Update {
    /// Slug or id
    tenant: String,
    /// What to be called
    #[arg(long)]
    name: Option<String>,
    /// Another name in URLs and login forms
    #[arg(long)]
    slug: Option<Slug>,
}

/// Removes a tenant.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse tenant delete acme --yes")]
pub(super) struct Delete {
    /// Slug or id
    tenant: String,
    /// Do it
    #[arg(long)]
    yes: bool,
}

/// Invites somebody.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse tenant invite acme --email bob@example.com
  guardhouse tenant invite acme --email bob@example.com --role owner")]
pub(super) struct Invite {
    /// Slug or id
    tenant: String,
    /// The address that the link goes to
    #[arg(long)]
    email: String,
    /// A role of the tenant to hold
    #[arg(long, default_value = "member")]
    role: String,
}

impl Tenant {
    pub(super) fn run(self, context: &Context, server: &ServerOptions) -> Result<(), Failure> {
        let out = context.out;
        // What can be found wrong without the data is, before anything is touched.
        match self {
            Self::Create(Create { name: called, slug, owner }) => {
                let called = name(&called)?;
                with_data(context, server, async |data| {
                    out.record(&data.create_tenant(called, slug, owner.as_deref()).await?)
                })
            }
            Self::List(List { search, limit }) => with_data(context, server, async |data| {
                let found = data.tenants(&search, limit.unwrap_or(usize::MAX)).await?;
                out.table(&found, &COLUMNS, "There are no tenants.")
            }),
            Self::Show(Named { tenant }) => {
                with_data(context, server, async |data| out.record(&data.tenant(&tenant).await?))
            }
            Self::Update(verb) => {
                let (tenant, changes) = verb.read()?;
                with_data(context, server, async |data| out.record(&data.update_tenant(&tenant, changes).await?))
            }
            Self::Disable(Named { tenant }) => disable(context, server, &tenant, true),
            Self::Enable(Named { tenant }) => disable(context, server, &tenant, false),
            Self::Delete(Delete { tenant, yes: false }) => {
                Err(Failure::usage(format!("`{tenant}` would be gone for good"))
                    .mend("add --yes, or use `guardhouse tenant disable`"))
            }
            Self::Delete(Delete { tenant, yes: true }) => with_data(context, server, async |data| {
                let tenant = data.delete_tenant(&tenant).await?;
                out.line(format!("{} is gone.", text(&tenant["slug"])))
            }),
            Self::Members(Named { tenant }) => with_data(context, server, async |data| {
                out.table(&data.members(&tenant).await?, &MEMBERS, "Nobody belongs to this tenant.")
            }),
            Self::Invite(Invite { tenant, email, role }) => {
                let email = EmailAddress::parse(&email).map_err(|error| wrong("--email", error))?;
                with_data(context, server, async |data| out.record(&data.invite(&tenant, email, role).await?))
            }
        }
    }
}

impl Update {
    fn read(self) -> Result<(String, Changes), Failure> {
        if self.name.is_none() && self.slug.is_none() {
            return Err(Failure::usage("nothing to change").mend("give --name or --slug"));
        }
        let name = self.name.as_deref().map(name).transpose()?;
        Ok((self.tenant, Changes { name, slug: self.slug, policy: None }))
    }
}

fn name(text: &str) -> Result<DisplayName, Failure> {
    DisplayName::parse(text).map_err(|error| wrong("--name", error))
}

fn wrong(what: &str, error: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{what}: {error}"))
}

fn disable(context: &Context, server: &ServerOptions, tenant: &str, disabled: bool) -> Result<(), Failure> {
    with_data(context, server, async |data| context.out.record(&data.disable_tenant(tenant, disabled).await?))
}

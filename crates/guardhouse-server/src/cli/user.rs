//! `user`: who may sign in.

use clap::{Args, Subcommand};
use guardhouse::{
    features::users::{Changes, NewUser},
    kernel::settings::Profile,
};
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    password::Password,
};

use super::Context;
use crate::{
    data::{Act, Data, ServerOptions, with_data},
    failure::Failure,
    input,
    out::{Out, text},
    progress::Progress,
};

const COLUMNS: [&str; 6] = ["id", "email", "name", "roles", "disabled", "last_login_at"];

/// What to do with users. USER is an e-mail address or an id.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  guardhouse user create --email you@example.com --name \"Your Name\" --role admin --password-stdin
  guardhouse user list --search example.com
  guardhouse user disable bob@example.com
  GUARDHOUSE_TOKEN=… guardhouse user list --server https://auth.example.com")]
pub(super) enum User {
    /// Make a user; the first administrator is made so
    Create(Create),
    /// List users, the newest first
    List(List),
    /// Show a user
    #[command(after_help = "Examples:\n  guardhouse user show alice@example.com --format json")]
    Show(Named),
    /// Change a user
    Update(Update),
    /// Keep a user from signing in and end all sessions, on every running server within a second
    #[command(after_help = "Examples:\n  guardhouse user disable bob@example.com")]
    Disable(Named),
    /// Let a user sign in again
    #[command(after_help = "Examples:\n  guardhouse user enable bob@example.com")]
    Enable(Named),
    /// Forgive a user's failed attempts
    #[command(after_help = "Examples:\n  guardhouse user unlock bob@example.com")]
    Unlock(Named),
    /// Remove a user and what is personal of them; there is no way back
    Delete(Delete),
}

/// Makes a user.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse user create --email you@example.com --name \"Your Name\" --role admin --password-stdin
  pass show guardhouse | guardhouse user create --email you@example.com --name You --role admin --password-stdin
  guardhouse user create --email carol@example.com --name Carol   # mails an invitation")]
pub(super) struct Create {
    /// The e-mail address to sign in with
    #[arg(long)]
    email: String,
    /// What the person is called
    #[arg(long)]
    name: String,
    /// A role to hold; may be given several times
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// Read the password from standard input, and take the address as verified; without it an invitation is mailed
    #[arg(long)]
    password_stdin: bool,
}

/// Lists users.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse user list
  guardhouse user list --search example.com --limit 20 --format json")]
pub(super) struct List {
    /// Part of an e-mail address or a name
    #[arg(long, value_name = "TEXT", default_value = "")]
    search: String,
    /// At most so many; all by default
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

/// Changes a user.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse user update bob@example.com --name \"Bob B.\"
  guardhouse user update bob@example.com --role admin --role editor   # all roles from now on
  guardhouse user update bob@example.com --no-roles")]
pub(super) struct Update {
    /// E-mail address or id
    user: String,
    /// What to be called
    #[arg(long)]
    name: Option<String>,
    /// Another e-mail address; it has to be verified again
    #[arg(long)]
    email: Option<String>,
    /// All roles to hold from now on; may be given several times
    #[arg(long = "role", value_name = "ROLE", conflicts_with = "no_roles")]
    roles: Vec<String>,
    /// Take all roles away
    #[arg(long)]
    no_roles: bool,
}

/// Removes a user.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse user delete bob@example.com --yes")]
pub(super) struct Delete {
    /// E-mail address or id
    user: String,
    /// Do it
    #[arg(long)]
    yes: bool,
}

/// A user that is there.
#[derive(Args, Debug)]
pub(super) struct Named {
    /// E-mail address or id
    user: String,
}

impl User {
    pub(super) fn run(self, context: &Context, server: &ServerOptions) -> Result<(), Failure> {
        let out = context.out;
        // What can be found wrong without the data is, before anything is touched.
        match self {
            Self::Create(verb) => {
                let new = verb.read(server)?;
                with_data(context, server, async |data| create(data, out, new).await)
            }
            Self::Update(verb) => {
                let changes = verb.changes()?;
                with_data(context, server, async |data| out.record(&data.update_user(&verb.user, changes).await?))
            }
            Self::Delete(Delete { user, yes: false }) => {
                Err(Failure::usage(format!("`{user}` would be gone for good"))
                    .mend("add --yes, or use `guardhouse user disable`"))
            }
            Self::List(verb) => with_data(context, server, async |data| list(data, out, verb).await),
            Self::Show(Named { user }) => with_data(context, server, async |data| out.record(&data.user(&user).await?)),
            Self::Disable(Named { user }) => act(context, server, &user, Act::Disable),
            Self::Enable(Named { user }) => act(context, server, &user, Act::Enable),
            Self::Unlock(Named { user }) => act(context, server, &user, Act::Unlock),
            Self::Delete(Delete { user, yes: true }) => with_data(context, server, async |data| {
                let user = data.delete_user(&user).await?;
                out.line(format!("{} is gone.", text(&user["email"])))
            }),
        }
    }
}

impl Create {
    fn read(self, server: &ServerOptions) -> Result<NewUser, Failure> {
        if self.password_stdin && server.takes_stdin() {
            return Err(Failure::usage("standard input can't be both the password and the access token")
                .mend("put the token into the environment as GUARDHOUSE_TOKEN"));
        }
        let password = if self.password_stdin { Some(input::stdin()?) } else { None };
        Ok(NewUser {
            email: email(&self.email)?,
            name: name(&self.name)?,
            email_verified: password.is_some(),
            password: password
                .map(|typed| Password::parse(typed.expose()))
                .transpose()
                .map_err(|error| wrong("the password", error))?,
            roles: self.roles,
        })
    }
}

impl Update {
    fn changes(&self) -> Result<Changes, Failure> {
        let roles = (self.no_roles || !self.roles.is_empty()).then(|| self.roles.clone());
        if self.name.is_none() && self.email.is_none() && roles.is_none() {
            return Err(Failure::usage("nothing to change").mend("give --name, --email, --role or --no-roles"));
        }
        Ok(Changes {
            name: self.name.as_deref().map(name).transpose()?,
            email: self.email.as_deref().map(email).transpose()?,
            email_verified: None,
            roles,
        })
    }
}

fn email(text: &str) -> Result<EmailAddress, Failure> {
    EmailAddress::parse(text).map_err(|error| wrong("--email", error))
}

fn name(text: &str) -> Result<DisplayName, Failure> {
    DisplayName::parse(text).map_err(|error| wrong("--name", error))
}

fn wrong(what: &str, error: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{what}: {error}"))
}

fn act(context: &Context, server: &ServerOptions, user: &str, act: Act) -> Result<(), Failure> {
    with_data(context, server, async |data| context.out.record(&data.act_on_user(user, act).await?))
}

async fn create(data: Data<'_>, out: Out, new: NewUser) -> Result<(), Failure> {
    if let (Data::Database(ctx), None) = (data, &new.password)
        && ctx.settings.profile >= Profile::Production
        && ctx.settings.mail.smtp_url.is_empty()
    {
        return Err(Failure::new("no mail is sent, so nobody would get the invitation")
            .mend("set mail.smtp_url, or give a password with --password-stdin"));
    }
    out.record(&data.create_user(new).await?)
}

async fn list(data: Data<'_>, out: Out, verb: List) -> Result<(), Failure> {
    let found = {
        let progress = Progress::count("users read:");
        data.users(&verb.search, verb.limit.unwrap_or(usize::MAX), |users| progress.set(users)).await?
    };
    out.table(&found, &COLUMNS, "There are no users.")
}

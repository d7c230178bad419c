//! `user`: who may sign in.

use clap::{Args, Subcommand};
use guardhouse::{
    features::password,
    kernel::{
        accounts::{self, NewAccount},
        audit::{Event, Outcome},
        ctx::Ctx,
    },
};
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::AccountId,
    password::Password,
    secret::SecretText,
};
use guardhouse_store::Unit;

use super::Context;
use crate::{engine::with_engine, failure::Failure, input};

/// What to do with users.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  guardhouse user create --email you@example.com --name \"Your Name\" --role admin --password-stdin")]
pub(super) enum User {
    /// Make a user; the first administrator is made so
    Create(Create),
}

/// Makes a user.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse user create --email you@example.com --name \"Your Name\" --role admin --password-stdin
  pass show guardhouse | guardhouse user create --email you@example.com --name You --role admin --password-stdin")]
pub(super) struct Create {
    /// The e-mail address; it counts as verified
    #[arg(long)]
    email: String,
    /// What the person is called
    #[arg(long)]
    name: String,
    /// A role to hold; may be given several times
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// Read the password from standard input
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// A user about to be made.
pub(crate) struct NewUser {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) password: SecretText,
    pub(crate) roles: Vec<String>,
}

impl User {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let Self::Create(Create { email, name, roles, .. }) = self;
        let password = input::stdin()?;
        with_engine(context, async |ctx| create(ctx, NewUser { email, name, password, roles }).await)
    }
}

/// Makes a user.
pub(crate) async fn create(ctx: &Ctx, new: NewUser) -> Result<(), Failure> {
    let email = EmailAddress::parse(&new.email).map_err(|error| Failure::new(format!("email: {error}")))?;
    let name = DisplayName::parse(&new.name).map_err(|error| Failure::new(format!("name: {error}")))?;
    let secret = Password::parse(new.password.expose()).map_err(|error| Failure::new(format!("password: {error}")))?;
    let now = ctx.now();
    let chosen = password::choose(ctx, "password", secret, &[email.as_str(), name.as_str()]).await?;
    let account = NewAccount { id: AccountId::new(now), email, name, verified: true, roles: new.roles };
    let unit = password::set(accounts::create(Unit::new(), &account, now), account.id, &chosen, now);
    let event = Event::new("users.created", Outcome::Success).subject(account.id);
    if ctx.db.run(ctx.audit.step(ctx, unit, event)).await.map_err(Failure::new)?.is_done() {
        return Ok(());
    }
    Err(accounts::taken().into())
}

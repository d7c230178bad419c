//! The data that verbs work on: the database itself, or a server that is asked over HTTP.
//!
//! Both answer with what the HTTP contract shows, so that a verb writes the same whichever it worked on.

mod api_keys;
mod audit;
mod authz;
mod keys;
mod named;
mod options;
mod roles;
mod sessions;
mod tenants;
mod users;

use guardhouse::kernel::ctx::Ctx;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use api_keys::owners_alone;
pub(crate) use audit::Which;
pub(crate) use authz::Trial;
pub(crate) use named::Named;
pub(crate) use options::{On, ServerOptions};
pub(crate) use roles::Where;
pub(crate) use users::Act;

use crate::{cli::Context, engine::with_engine, failure::Failure, remote::Remote, running};

/// See the module.
#[derive(Clone, Copy)]
pub(crate) enum Data<'a> {
    /// The database, beside a server that may be running on it.
    Database(&'a Ctx),
    /// A server that runs elsewhere.
    Server(&'a Remote),
}

/// Works on the server that the options name, else on the database of the settings.
pub(crate) fn with_data<T>(
    context: &Context,
    options: &ServerOptions,
    work: impl AsyncFnOnce(Data<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    match options.remote()? {
        Some(remote) => running::runtime(1)?.block_on(work(Data::Server(&remote))),
        None => with_engine(context, async |ctx| work(Data::Database(ctx)).await),
    }
}

/// A page of a list.
#[derive(Deserialize)]
pub(crate) struct Page {
    /// The things.
    pub(crate) data: Vec<Value>,
    /// What to ask the next page by, where there is one.
    pub(crate) next_cursor: Option<String>,
}

/// As the HTTP contract shows it.
fn shown(thing: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(thing).map_err(Failure::new)
}

/// A list as the HTTP contract shows it.
fn all_shown(things: &[impl Serialize]) -> Result<Vec<Value>, Failure> {
    things.iter().map(shown).collect()
}

/// What a server answered, read as what the contract promises.
fn read<T: for<'de> Deserialize<'de>>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|error| {
        Failure::new(format!("the server's answer is not what was expected: {error}"))
            .mend("see that --server names a Guardhouse, of about the version that `guardhouse --version` shows")
    })
}

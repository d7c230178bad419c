//! `session`: who is signed in where.

use clap::{Args, Subcommand};
use guardhouse::{
    features::users::{self, By},
    kernel::{ctx::Ctx, sessions},
};
use guardhouse_core::ids::SessionId;

use super::Context;
use crate::{
    engine::{account, with_engine},
    failure::Failure,
    out::Out,
};

const COLUMNS: [&str; 6] = ["id", "device_name", "network_address", "created_at", "last_seen_at", "expires_at"];

/// What to do with sessions.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  guardhouse session list alice@example.com
  guardhouse session delete ses_01h455vb4pex5vsknk084sn02q
  guardhouse session delete --all alice@example.com")]
pub(super) enum Session {
    /// List where a user is signed in
    #[command(after_help = "Examples:\n  guardhouse session list alice@example.com --format json")]
    List {
        /// E-mail address or id
        user: String,
    },
    /// End one session, or all of a user; a running server refuses their tokens within a second
    Delete(Delete),
}

/// Ends sessions.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse session delete ses_01h455vb4pex5vsknk084sn02q
  guardhouse session delete --all alice@example.com")]
pub(super) struct Delete {
    /// The session's id
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    session: Option<SessionId>,
    /// Every session of this user: e-mail address or id
    #[arg(long, value_name = "USER")]
    all: Option<String>,
}

impl Session {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let out = context.out;
        with_engine(context, async |ctx| match self {
            Self::List { user } => {
                let account = account(ctx, &user).await?;
                out.table(&sessions::list(ctx, account.id, None).await?, &COLUMNS, "This user is signed in nowhere.")
            }
            Self::Delete(Delete { session: Some(id), .. }) => end(ctx, out, id).await,
            Self::Delete(Delete { all: Some(user), .. }) => end_all(ctx, out, &user).await,
            Self::Delete(_) => Err(Failure::usage("name a session, or a user after --all")),
        })
    }
}

async fn end(ctx: &Ctx, out: Out, id: SessionId) -> Result<(), Failure> {
    let Some(session) = sessions::live(ctx, id).await? else {
        return Err(Failure::new(format!("there is no session `{id}`, or it ended before"))
            .mend("`guardhouse session list USER` shows those that live"));
    };
    users::end(ctx, &By::system(), session.account, &id.to_string()).await?;
    out.line(format!("Session {id} has ended."))
}

async fn end_all(ctx: &Ctx, out: Out, user: &str) -> Result<(), Failure> {
    let account = account(ctx, user).await?;
    users::end_all(ctx, &By::system(), account.id).await?;
    out.line(format!("All sessions of {} have ended.", account.email))
}

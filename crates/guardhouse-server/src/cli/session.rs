//! `session`: who is signed in where.

use clap::{Args, Subcommand};
use guardhouse_core::ids::SessionId;

use super::Context;
use crate::{
    data::{ServerOptions, with_data},
    failure::Failure,
    out::text,
};

const COLUMNS: [&str; 6] = ["id", "device_name", "network_address", "created_at", "last_seen_at", "expires_at"];

/// What to do with sessions.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  guardhouse session list alice@example.com
  guardhouse session show ses_01h455vb4pex5vsknk084sn02q
  guardhouse session delete ses_01h455vb4pex5vsknk084sn02q
  guardhouse session delete --all alice@example.com")]
pub(super) enum Session {
    /// List where a user is signed in
    #[command(after_help = "Examples:\n  guardhouse session list alice@example.com --format json")]
    List {
        /// E-mail address or id
        user: String,
    },
    /// Show one session
    #[command(after_help = "Examples:\n  guardhouse session show ses_01h455vb4pex5vsknk084sn02q")]
    Show {
        /// The session's id
        session: SessionId,
        /// Whose it is: e-mail address or id; a server has to be told
        #[arg(long)]
        user: Option<String>,
    },
    /// End one session, or all of a user; a running server refuses their tokens within a second
    Delete(Delete),
}

/// Ends sessions.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse session delete ses_01h455vb4pex5vsknk084sn02q
  guardhouse session delete --all alice@example.com
  guardhouse session delete ses_01h455vb4pex5vsknk084sn02q --user alice@example.com --server https://auth.example.com")]
pub(super) struct Delete {
    /// The session's id
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    session: Option<SessionId>,
    /// Whose it is: e-mail address or id; has to be told with --server
    #[arg(long, value_name = "USER", conflicts_with = "all")]
    user: Option<String>,
    /// Every session of this user: e-mail address or id
    #[arg(long, value_name = "USER")]
    all: Option<String>,
}

impl Session {
    pub(super) fn run(self, context: &Context, server: &ServerOptions) -> Result<(), Failure> {
        let out = context.out;
        match self {
            Self::List { user } => with_data(context, server, async |data| {
                out.table(&data.sessions(&user).await?, &COLUMNS, "This user is signed in nowhere.")
            }),
            Self::Show { user: None, .. } | Self::Delete(Delete { session: Some(_), user: None, .. })
                if server.is_there() =>
            {
                Err(whose())
            }
            Self::Show { session, user } => {
                with_data(context, server, async |data| out.record(&data.session(session, user.as_deref()).await?))
            }
            Self::Delete(Delete { session: Some(id), user, .. }) => with_data(context, server, async |data| {
                data.end_session(id, user.as_deref()).await?;
                out.line(format!("Session {id} has ended."))
            }),
            Self::Delete(Delete { all: Some(user), .. }) => with_data(context, server, async |data| {
                let user = data.end_sessions(&user).await?;
                out.line(format!("All sessions of {} have ended.", text(&user["email"])))
            }),
            Self::Delete(_) => Err(Failure::usage("name a session, or a user after --all")),
        }
    }
}

fn whose() -> Failure {
    Failure::usage("a server is asked for a user's session").mend("name the user: --user USER")
}

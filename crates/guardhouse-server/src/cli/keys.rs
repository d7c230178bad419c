//! `keys`: what access tokens are signed with.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use guardhouse::kernel::{audit::Who, keys};
use guardhouse_core::jose::Algorithm;

use super::Context;
use crate::{
    data::{ServerOptions, with_data},
    engine::with_engine,
    failure::Failure,
    input,
};

const MASTER_COLUMNS: [&str; 10] =
    ["id", "state", "index", "signing_keys", "factors", "letters", "codes", "jobs", "audit_events", "checkpoints"];
const COLUMNS: [&str; 6] = ["kid", "alg", "state", "created_at", "not_before", "retired_at"];

/// What to do with the signing keys.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  guardhouse keys list
  guardhouse keys rotate
  guardhouse keys master
  guardhouse keys retire NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")]
pub(super) enum Keys {
    /// List all keys, the newest first
    #[command(after_help = "Examples:\n  guardhouse keys list --format json")]
    List,
    /// Make a new key that signs at once; the ones before verify until their last token has expired
    #[command(
        after_help = "Examples:\n  guardhouse keys rotate\n\nA running server takes the new key within a second."
    )]
    Rotate,
    /// End a key and every token it signed: for a key that leaked
    #[command(after_help = "Examples:\n  guardhouse keys retire NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")]
    Retire {
        /// The key's name, as in `keys list`
        kid: String,
    },
    /// Take over a private key in PEM; it signs at once
    Import(Import),
    /// Show what still needs each master key, the current one first
    #[command(after_help = "Examples:\n  guardhouse keys master\n\n\
        Signing keys are sealed under the current master key at each start, also of this verb; a running server does so\n\
        with the secrets of second factors within an hour. Before a key is removed\n\
        from master_key, read what is lost with it: refresh tokens and cookies can't be counted here, and `index` marks\n\
        the one that failed attempts and limits are kept under.")]
    Master,
}

/// Takes a key over.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse keys import --algorithm ES256 key.pem
  vault read -field=key secret/jwt | guardhouse keys import --algorithm ES256 -")]
pub(super) struct Import {
    /// The key's algorithm, which must be that of tokens.algorithm
    #[arg(long)]
    algorithm: Algorithm,
    /// The file (PKCS#8, PEM), or `-` for standard input
    file: PathBuf,
}

impl Keys {
    pub(super) fn run(self, context: &Context, server: &ServerOptions) -> Result<(), Failure> {
        let out = context.out;
        match self {
            Self::Import(import) => {
                server.refuse("`keys import`")?;
                let pem = input::file_or_stdin(&import.file)?;
                with_engine(context, async |ctx| {
                    out.record(&keys::import(ctx, import.algorithm, pem.expose(), &Who::system()).await?)
                })
            }
            Self::Master => {
                server.refuse("`keys master`")?;
                with_engine(context, async |ctx| {
                    out.table(&keys::master_keys(ctx).await?, &MASTER_COLUMNS, "There are no master keys.")
                })
            }
            Self::List => with_data(context, server, async |data| {
                let none = "There are no keys: tokens are signed with the secret of HS256.";
                out.table(&data.keys().await?, &COLUMNS, none)
            }),
            Self::Rotate => with_data(context, server, async |data| out.record(&data.rotate_key().await?)),
            Self::Retire { kid } => with_data(context, server, async |data| out.record(&data.retire_key(&kid).await?)),
        }
    }
}

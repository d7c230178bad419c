//! `--server`: where verbs on data work. The credential never stands among the arguments, which every user of the
//! machine can read in the list of processes.

use std::env;

use clap::{Args, Subcommand};
use guardhouse_core::secret::SecretText;

use crate::{failure::Failure, input, remote::Remote};

/// The variable that holds the credential.
const TOKEN: &str = "GUARDHOUSE_TOKEN";

/// Which server, and the way the credential comes.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerOptions {
    /// Ask this server over HTTPS instead of working on the database; `GUARDHOUSE_TOKEN` in the environment is the
    /// access token
    #[arg(long, global = true, value_name = "URL")]
    server: Option<String>,
    /// Read the access token from standard input instead
    #[arg(long, global = true)]
    token_stdin: bool,
}

/// A verb on data, with where it is to work.
#[derive(Args, Debug)]
pub(crate) struct On<V: Subcommand> {
    #[command(flatten)]
    pub(crate) server: ServerOptions,
    #[command(subcommand)]
    pub(crate) verb: V,
}

impl ServerOptions {
    /// The server, where one was named.
    pub(super) fn remote(&self) -> Result<Option<Remote>, Failure> {
        match self.server.as_deref() {
            Some(url) => Remote::new(url, &self.token()?).map(Some),
            None if self.token_stdin => Err(Failure::usage("--token-stdin is for --server")),
            None => Ok(None),
        }
    }

    /// Refuses what no server does over HTTP.
    pub(crate) fn refuse(&self, what: &str) -> Result<(), Failure> {
        if self.server.is_none() {
            return Ok(());
        }
        Err(Failure::usage(format!("{what} works on the database alone"))
            .mend("leave --server out, and run it where the settings and the database are"))
    }

    /// Whether standard input is the token's.
    pub(crate) fn takes_stdin(&self) -> bool {
        self.token_stdin
    }

    /// Whether a server was named.
    pub(crate) fn is_there(&self) -> bool {
        self.server.is_some()
    }

    fn token(&self) -> Result<SecretText, Failure> {
        let token =
            if self.token_stdin { input::stdin()? } else { SecretText::new(env::var(TOKEN).unwrap_or_default()) };
        if token.expose().trim().is_empty() {
            return Err(Failure::usage("--server needs the access token of somebody who may do this")
                .mend(format!("put it into the environment as {TOKEN}, or pipe it in with --token-stdin")));
        }
        Ok(token)
    }
}

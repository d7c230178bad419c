//! The command line: one file a verb.

mod api_key;
mod audit;
mod authz;
mod completions;
mod config;
mod dev;
mod keys;
mod migrate;
mod openapi;
mod role;
mod serve;
mod session;
mod tenant;
mod token;
mod user;

use clap::{Parser, Subcommand};
use guardhouse::kernel::settings::Profile;

pub(crate) use dev::LOGINS;

use crate::{
    configuration::{ConfigOptions, Configuration},
    data::On,
    failure::Failure,
    out::{Format, Out},
};

/// Authentication and authorization for any API.
#[derive(Debug, Parser)]
#[command(name = "guardhouse", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    config: ConfigOptions,
    /// How results are written
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "Examples:
  guardhouse dev                                    try it on this machine
  guardhouse user list --dev                        see its users, while it runs or after
  guardhouse config check --config guardhouse.toml  look for mistakes before a start
  guardhouse serve --config guardhouse.toml         run the server

Exit codes: 0 done, 1 failed, 2 wrong usage.";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Try it on this machine: users, mail and keys are made on the spot
    Dev(dev::Dev),
    /// Run the server
    Serve(serve::Serve),
    /// Make, show, change and disable users
    User(On<user::User>),
    /// See and end logins
    Session(On<session::Session>),
    /// Make, show, change and disable tenants, and invite into them
    Tenant(On<tenant::Tenant>),
    /// Say what may be done, and who may do it
    Role(On<role::Role>),
    /// Make, show, change, rotate and revoke API keys
    ApiKey(On<api_key::ApiKey>),
    /// Make, look into and check access tokens
    #[command(subcommand)]
    Token(token::Token),
    /// List, rotate, retire and import signing keys
    Keys(On<keys::Keys>),
    /// Bring the database to this version's schema
    Migrate(migrate::Migrate),
    /// Read, export and verify the audit log
    Audit(On<audit::Audit>),
    /// Ask who may do what, and test policies
    Authz(On<authz::Authz>),
    /// Check, show and explain settings
    #[command(subcommand)]
    Config(config::Config),
    /// Print the API's description
    Openapi(openapi::Openapi),
    /// Print completions for a shell
    Completions(completions::Completions),
}

/// What every verb is handed.
pub(crate) struct Context {
    /// Where settings come from.
    pub(crate) config: ConfigOptions,
    /// Where results go.
    pub(crate) out: Out,
}

impl Context {
    /// The configuration of a verb; `profile` holds where none is set by hand.
    pub(crate) fn configuration(&self, profile: Profile) -> Result<Configuration, Failure> {
        if self.config.dev { self.development() } else { Configuration::read(&self.config, profile) }
    }

    /// The configuration of `guardhouse dev`.
    pub(crate) fn development(&self) -> Result<Configuration, Failure> {
        Configuration::of_dev(&self.config)
    }
}

impl Cli {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let context = Context { config: self.config, out: Out::new(self.format) };
        match self.verb {
            Verb::Dev(verb) => verb.run(&context),
            Verb::Serve(verb) => verb.run(&context),
            Verb::User(on) => on.verb.run(&context, &on.server),
            Verb::Session(on) => on.verb.run(&context, &on.server),
            Verb::Tenant(on) => on.verb.run(&context, &on.server),
            Verb::Role(on) => on.verb.run(&context, &on.server),
            Verb::ApiKey(on) => on.verb.run(&context, &on.server),
            Verb::Token(verb) => verb.run(&context),
            Verb::Keys(on) => on.verb.run(&context, &on.server),
            Verb::Migrate(verb) => verb.run(&context),
            Verb::Audit(on) => on.verb.run(&context, &on.server),
            Verb::Authz(on) => on.verb.run(&context, &on.server),
            Verb::Config(verb) => verb.run(&context),
            Verb::Openapi(_) => openapi::Openapi::run(&context),
            Verb::Completions(verb) => verb.run(&context),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_shows_examples() {
        fn lacking(command: &clap::Command, path: &str) -> Vec<String> {
            let path = format!("{path} {}", command.get_name());
            let examples = command.get_after_help().is_some_and(|help| help.to_string().contains("guardhouse"));
            let own = (!examples && command.get_name() != "help").then_some(path.clone());
            own.into_iter().chain(command.get_subcommands().flat_map(|verb| lacking(verb, &path))).collect()
        }
        assert_eq!(lacking(&Cli::command(), ""), Vec::<String>::new());
    }
}

//! `config`: settings, before they are lived with.

use clap::Subcommand;
use guardhouse::{
    assembly,
    kernel::settings::{Profile, Settings},
};
use serde_json::{Map, Value};

use super::Context;
use crate::{failure::Failure, listener::Certificates, telemetry};

/// What to do with the settings.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  guardhouse config check --config guardhouse.toml
  guardhouse config show
  guardhouse config reference > settings.md")]
pub(super) enum Config {
    /// Look for mistakes and unsafe combinations, as `serve` does at its start
    #[command(
        after_help = "Examples:\n  guardhouse config check --config guardhouse.toml\n\nExit code 1 when something is wrong."
    )]
    Check,
    /// Show the settings that hold, secrets masked
    #[command(
        after_help = "Examples:\n  guardhouse config show --config guardhouse.toml\n  guardhouse config show --format json"
    )]
    Show,
    /// Describe every setting, in Markdown
    #[command(after_help = "Examples:\n  guardhouse config reference\n  guardhouse config reference --format json")]
    Reference,
}

impl Config {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Check => check(context),
            Self::Show => show(context),
            Self::Reference => reference(context),
        }
    }
}

fn check(context: &Context) -> Result<(), Failure> {
    let settings = context.configuration(Profile::Production)?.load_with_key()?;
    settings.check()?;
    Certificates::load(&settings.server.tls)?;
    telemetry::filter(&settings.log)?;
    assembly::texts(&settings).map_err(Failure::new)?;
    for warning in settings.warnings() {
        context.out.line(format!("warning: {warning}"))?;
    }
    context.out.line(format!("The settings are good for the profile `{}`.", settings.profile))
}

fn show(context: &Context) -> Result<(), Failure> {
    let settings = context.configuration(Profile::Production)?.load()?;
    if context.out.is_json() {
        let shown =
            [("profile".to_owned(), Value::from(settings.profile.as_str()))].into_iter().chain(settings.shown());
        return context.out.json(&shown.collect::<Map<_, _>>());
    }
    context.out.line(settings.to_toml().trim_end())
}

fn reference(context: &Context) -> Result<(), Failure> {
    let sections = assembly::sections();
    if !context.out.is_json() {
        return context.out.line(Settings::reference(&sections).trim_end());
    }
    let docs: Vec<Value> = Settings::docs(&sections)
        .into_iter()
        .map(|doc| {
            let defaults: Map<_, _> = doc.defaults.iter().map(|(profile, text)| (profile.to_string(), Value::from(text.as_str()))).collect();
            serde_json::json!({"key": doc.key, "kind": doc.kind, "defaults": defaults, "about": doc.about, "environment": doc.environment()})
        })
        .collect();
    context.out.json(&docs)
}

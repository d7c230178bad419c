//! `openapi`: the API description.

use clap::Args;
use guardhouse::{assembly, kernel::settings::Profile};

use super::Context;
use crate::failure::Failure;

/// Prints the description of the API as the settings make it, without starting anything.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse openapi > openapi.json
  guardhouse openapi --config guardhouse.toml | jq '.paths | keys'")]
pub(super) struct Openapi {}

impl Openapi {
    pub(super) fn run(context: &Context) -> Result<(), Failure> {
        let settings = context.configuration(Profile::Production)?.load()?;
        context.out.json(&assembly::openapi(&settings))
    }
}

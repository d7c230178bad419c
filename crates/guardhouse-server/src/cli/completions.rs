//! `completions`: what a shell needs to complete verbs and options.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Context};
use crate::failure::Failure;

/// Prints a completion script.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse completions bash > ~/.local/share/bash-completion/completions/guardhouse
  guardhouse completions zsh > ~/.zfunc/_guardhouse
  guardhouse completions fish > ~/.config/fish/completions/guardhouse.fish")]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "guardhouse", &mut script);
        context.out.line(String::from_utf8_lossy(&script).trim_end())
    }
}

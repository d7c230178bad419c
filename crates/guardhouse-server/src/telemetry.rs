//! The log, on standard error: standard output is for answers.

use std::io::IsTerminal as _;

use guardhouse::kernel::settings::{LogFormat, LogSettings};
use tracing_subscriber::{EnvFilter, fmt};

use crate::failure::Failure;

/// Which lines are written.
pub(crate) fn filter(settings: &LogSettings) -> Result<EnvFilter, Failure> {
    EnvFilter::try_new(&settings.level).map_err(|error| {
        Failure::new(format!("log.level: {error}"))
            .mend("write `error`, `warn`, `info`, `debug`, `trace`, or `info,guardhouse=debug`")
    })
}

/// Begins to log. Once in a process.
pub(crate) fn start(settings: &LogSettings) -> Result<(), Failure> {
    let filter = filter(settings)?;
    let terminal = std::io::stderr().is_terminal();
    let json = match settings.format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if json {
        builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        builder.with_ansi(terminal && std::env::var_os("NO_COLOR").is_none()).with_target(false).try_init()
    };
    started.map_err(Failure::new)
}

//! Why a verb did not do what it was asked: what was wrong, where, and what to do next.

use std::{
    fmt::Display,
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
};

use guardhouse::kernel::{errors::Error, settings::SettingsError};

const FAILED: u8 = 1;
const USAGE: u8 = 2;

/// What stands on standard error when a verb fails.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    mend: Option<String>,
    code: u8,
}

impl Failure {
    /// Something went wrong.
    pub(crate) fn new(what: impl Display) -> Self {
        Self { what: what.to_string(), mend: None, code: FAILED }
    }

    /// The command line itself was wrong.
    pub(crate) fn usage(what: impl Display) -> Self {
        Self { code: USAGE, ..Self::new(what) }
    }

    /// The answer has been written, and it is no: the exit code is all that is left to say.
    pub(crate) fn answered_no() -> Self {
        Self::new("")
    }

    /// What to do next.
    pub(crate) fn mend(self, mend: impl Display) -> Self {
        Self { mend: Some(mend.to_string()), ..self }
    }

    /// Writes it to standard error; the process's exit code.
    pub(crate) fn report(&self) -> ExitCode {
        if self.what.is_empty() {
            return ExitCode::from(self.code);
        }
        let mut stderr = std::io::stderr().lock();
        let coloured = stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let (red, plain) = if coloured { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        _ = writeln!(stderr, "{red}error{plain}: {}", self.what);
        if let Some(mend) = &self.mend {
            _ = writeln!(stderr, "  mend: {mend}");
        }
        ExitCode::from(self.code)
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let count = error.problems.len();
        let what = if count == 1 { "a setting is wrong".to_owned() } else { format!("{count} settings are wrong") };
        Self::new(format!("{what}\n{error}"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let details = error.details().iter().map(|detail| format!("\n  {}: {}", detail.field, detail.message));
        // Whoever runs the command line may know what a caller over HTTP may not.
        let cause = error.cause().map(|cause| format!(" ({cause})"));
        Self::new(format!("{}{}{}", error.message(), cause.unwrap_or_default(), details.collect::<String>()))
    }
}

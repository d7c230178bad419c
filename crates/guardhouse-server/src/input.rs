//! What verbs read: files, and secrets from standard input, where neither the shell's history nor the
//! list of processes shows them.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use guardhouse_core::secret::SecretText;

use crate::failure::Failure;

/// Longer than any secret, key or token that is read here.
const MOST: u64 = 64 * 1024;

/// All of standard input without the line's end.
pub(crate) fn stdin() -> Result<SecretText, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().take(MOST).read_to_string(&mut text);
    read.map_err(|error| Failure::new(format!("can't read standard input: {error}")))?;
    Ok(SecretText::new(text.trim_end_matches(['\r', '\n'])))
}

/// A file's text; `-` is standard input.
pub(crate) fn file_or_stdin(path: &Path) -> Result<SecretText, Failure> {
    if path.as_os_str() == "-" {
        return stdin();
    }
    let text = fs::read_to_string(path);
    text.map(SecretText::new).map_err(|error| Failure::new(format!("can't read {}: {error}", path.display())))
}

/// The argument itself; `-` is standard input.
pub(crate) fn argument_or_stdin(argument: &str) -> Result<SecretText, Failure> {
    if argument == "-" { stdin() } else { Ok(SecretText::new(argument)) }
}

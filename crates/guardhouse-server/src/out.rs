//! Standard output: tables for people, JSON for programs.

use std::{
    fmt::Display,
    io::{ErrorKind, IsTerminal as _, Write as _},
};

use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns.
    #[default]
    Table,
    /// JSON, one document.
    Json,
}

/// Where results go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    format: Format,
    coloured: bool,
}

impl Out {
    /// Standard output in a format.
    pub(crate) fn new(format: Format) -> Self {
        let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { format, coloured }
    }

    /// Whether the answer is for a program.
    pub(crate) fn is_json(self) -> bool {
        self.format == Format::Json
    }

    /// One line, or several.
    #[expect(clippy::unused_self, reason = "everything that is written goes through a value that was handed over")]
    pub(crate) fn line(self, text: impl Display) -> Result<(), Failure> {
        written(writeln!(std::io::stdout().lock(), "{text}"))
    }

    /// Bytes as they are.
    #[expect(clippy::unused_self, reason = "everything that is written goes through a value that was handed over")]
    pub(crate) fn raw(self, bytes: &[u8]) -> Result<(), Failure> {
        written(std::io::stdout().lock().write_all(bytes))
    }

    /// The words in bold on a terminal.
    pub(crate) fn bold(self, text: &str) -> String {
        if self.coloured { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// One thing: its members line by line.
    pub(crate) fn record(self, thing: &impl Serialize) -> Result<(), Failure> {
        let value = serde_json::to_value(thing).map_err(Failure::new)?;
        let (Format::Table, Value::Object(members)) = (self.format, &value) else { return self.json(&value) };
        let width = members.keys().map(String::len).max().unwrap_or_default();
        let lines =
            members.iter().map(|(name, value)| format!("{}  {}", self.bold(&format!("{name:width$}")), cell(value)));
        self.line(lines.collect::<Vec<_>>().join("\n"))
    }

    /// Many things: the named members as columns; `none` stands where there are none.
    pub(crate) fn table<T: Serialize>(self, things: &[T], columns: &[&str], none: &str) -> Result<(), Failure> {
        let value = serde_json::to_value(things).map_err(Failure::new)?;
        let (Format::Table, Value::Array(rows)) = (self.format, &value) else { return self.json(&value) };
        if rows.is_empty() {
            return self.line(none);
        }
        let cells: Vec<Vec<String>> =
            rows.iter().map(|row| columns.iter().map(|column| cell(&row[*column])).collect()).collect();
        let widths: Vec<usize> = columns.iter().enumerate().map(|(at, column)| width(&cells, at, column)).collect();
        self.line(self.bold(&aligned(columns.iter().map(|column| column.to_uppercase()), &widths)))?;
        cells.into_iter().try_for_each(|row| self.line(aligned(row.into_iter(), &widths)))
    }

    /// A document as it is.
    pub(crate) fn json(self, value: &impl Serialize) -> Result<(), Failure> {
        self.line(serde_json::to_string_pretty(value).map_err(Failure::new)?)
    }
}

fn written(written: std::io::Result<()>) -> Result<(), Failure> {
    match written {
        // Whoever reads has seen enough, as with `| head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Failure::new(format!("can't write to standard output: {error}"))),
    }
}

/// A text on a line of its own or among others.
pub(crate) fn text(value: &Value) -> String {
    cell(value)
}

fn width(cells: &[Vec<String>], at: usize, column: &str) -> usize {
    cells.iter().map(|row| row[at].chars().count()).chain([column.len()]).max().unwrap_or_default()
}

fn aligned(cells: impl Iterator<Item = String>, widths: &[usize]) -> String {
    let padded: Vec<String> = cells.zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    padded.join("  ").trim_end().to_owned()
}

/// What others wrote must not move the cursor of whoever reads the table.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::Bool(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_for_people_and_carry_no_control_characters() {
        assert_eq!(cell(&Value::Null), "-");
        assert_eq!(cell(&serde_json::json!(["admin", "editor"])), "admin editor");
        assert_eq!(cell(&serde_json::json!("a\x1b[2Jb")), "a\u{fffd}[2Jb");
    }

    #[test]
    fn columns_are_aligned_and_lines_end_without_spaces() {
        let widths = [4, 2];
        assert_eq!(aligned(["a".to_owned(), "b".to_owned()].into_iter(), &widths), "a     b");
    }
}

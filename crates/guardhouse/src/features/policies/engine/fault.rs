//! What is wrong with a source, and where.

use std::fmt;

use miette::Diagnostic;

/// One mistake in the source of a policy or of the schema.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// The line, from 1 on.
    #[schema(example = 1)]
    pub line: usize,
    /// The column in characters, from 1 on.
    #[schema(example = 8)]
    pub column: usize,
}

impl Fault {
    /// A mistake at a byte of the source.
    pub fn at(source: &str, byte: usize, message: impl Into<String>) -> Self {
        let byte = (0..=byte.min(source.len())).rfind(|at| source.is_char_boundary(*at)).unwrap_or_default();
        let before = &source[..byte];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            message: message.into(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// A mistake that Cedar found: its words, its advice, its first place.
    pub(super) fn found(source: &str, error: &dyn Diagnostic) -> Self {
        let label = error.labels().and_then(|mut labels| labels.next());
        let mut message = error.to_string();
        let advice = label.as_ref().and_then(|label| label.label().map(str::to_owned));
        for more in advice.into_iter().chain(error.help().map(|help| help.to_string())) {
            message = format!("{message}: {more}");
        }
        // Cedar names a statement by the number it gave it, which says nothing to who reads a source.
        Self::at(source, label.map_or(0, |label| label.offset()), message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

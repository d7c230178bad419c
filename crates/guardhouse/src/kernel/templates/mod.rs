//! Templates of letters and pages: one way to parse them, to fill them in, and to try them out with sample data.
//!
//! The operator's own files take the place of those that we embed (`pages.templates`). They are tried out before the start:
//! a letter that cannot be written is found by whoever changed it, not by whoever waits for it.

mod own;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use guardhouse_core::time::Span;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};

pub use own::{Files, Own};

use super::errors::{Error, Result};

/// A template that cannot be used: where, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {cause}")]
pub struct TemplateError {
    place: String,
    cause: String,
}

impl TemplateError {
    /// What is wrong at a place.
    pub fn new(place: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { place: place.into(), cause: cause.into() }
    }
}

/// The templates of a kind, parsed once.
pub struct Templates {
    environment: Environment<'static>,
    /// Where those of the operator lie.
    own: BTreeMap<String, PathBuf>,
}

impl Templates {
    /// Parses name and source of each, or the operator's own file of that name.
    ///
    /// # Errors
    /// [`TemplateError`] for the first that is none, and for a file whose name no template has.
    pub fn new(
        sources: impl IntoIterator<Item = (String, &'static str)>,
        mut own: Files,
    ) -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        // A variable that nobody gave is a mistake of ours, but for those that a template asks about.
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_auto_escape_callback(|name| {
            let html = std::path::Path::new(name).extension().is_some_and(|form| form == "html");
            if html { AutoEscape::Html } else { AutoEscape::None }
        });
        environment.add_filter("words", in_words);
        let mut this = Self { environment, own: BTreeMap::new() };
        let mut known = BTreeSet::new();
        for (name, source) in sources {
            let text = match own.take(&name) {
                Some((path, text)) => {
                    this.own.insert(name.clone(), path);
                    text
                }
                None => source.to_owned(),
            };
            this.environment.add_template_owned(name.clone(), text).map_err(|error| this.fault(&name, &error))?;
            known.insert(name);
        }
        own.refuse_the_rest(&known.into_iter().collect::<Vec<_>>())?;
        Ok(this)
    }

    /// Gives all templates a variable.
    pub fn set(&mut self, name: &'static str, value: Value) {
        self.environment.add_global(name, value);
    }

    /// Fills a template in.
    pub fn render(&self, name: &str, context: &Value) -> Result<String> {
        let template = self.environment.get_template(name).map_err(Error::internal)?;
        template.render(context).map_err(Error::internal)
    }

    /// The same, where even to ask about a variable that nobody gave is a mistake: for trying a template out.
    pub fn strictly(&self) -> Strictly<'_> {
        let mut environment = self.environment.clone();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        Strictly { environment, templates: self }
    }

    /// Whether any of them is the operator's.
    pub fn any_own(&self) -> bool {
        !self.own.is_empty()
    }

    /// What is wrong with a template as a whole.
    pub fn wrong(&self, name: &str, cause: &str) -> TemplateError {
        TemplateError::new(self.place(name), cause)
    }

    fn place(&self, name: &str) -> String {
        self.own.get(name).map_or_else(|| name.to_owned(), |path| path.display().to_string())
    }

    /// The innermost mistake: a template that extends another is not told of by the line that does so.
    fn fault(&self, name: &str, error: &minijinja::Error) -> TemplateError {
        let mut inner = error;
        while let Some(cause) = std::error::Error::source(inner).and_then(|cause| cause.downcast_ref()) {
            inner = cause;
        }
        let file = self.place(inner.name().unwrap_or(name));
        let place = inner.line().map_or_else(|| file.clone(), |line| format!("{file}:{line}"));
        let cause = match (inner.kind(), inner.detail()) {
            (ErrorKind::UndefinedError, None) => "this variable is not given".to_owned(),
            (kind, None) => kind.to_string(),
            (kind, Some(detail)) => format!("{kind}: {detail}"),
        };
        TemplateError::new(place, cause)
    }
}

/// Templates to be tried out.
pub struct Strictly<'a> {
    environment: Environment<'static>,
    templates: &'a Templates,
}

impl Strictly<'_> {
    /// Fills a template in with sample data.
    ///
    /// # Errors
    /// [`TemplateError`] with the line.
    pub fn render(&self, name: &str, sample: &Value) -> Result<String, TemplateError> {
        let rendered = self.environment.get_template(name).and_then(|template| template.render(sample));
        rendered.map_err(|error| self.templates.fault(name, &error))
    }
}

/// `15m` as people write it: `15 minutes`.
fn in_words(text: &str) -> String {
    let Ok(span) = text.parse::<Span>() else { return text.to_owned() };
    let seconds = span.as_seconds_up();
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let (unit, length) =
        units.into_iter().find(|(_, length)| seconds % length == 0 && seconds >= *length).unwrap_or(("second", 1));
    match seconds / length {
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    }
}

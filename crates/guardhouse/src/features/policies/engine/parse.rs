//! From source to statements, on a stack that is deep enough.

use std::{io, str::FromStr as _, thread};

use cedar_policy::{Policy, PolicySet, Schema, ValidationMode, Validator};

use super::{
    depth,
    fault::Fault,
    limits::{MAX_SOURCE, PARSER_STACK},
};

/// Does work of the parser or validator on a stack of [`PARSER_STACK`] bytes, and waits for it.
///
/// # Errors
/// When the system gives no thread, or the work panicked.
pub fn on_a_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let worker =
            thread::Builder::new().name("policies".into()).stack_size(PARSER_STACK).spawn_scoped(scope, work)?;
        worker.join().map_err(|_| io::Error::other("the work on policies panicked"))
    })
}

/// The statements of a policy's source, in the order they stand in. To be called [`on_a_deep_stack`].
///
/// # Errors
/// Every [`Fault`]: of size, depth or grammar, no statement at all, or a template, which nothing here fills in.
pub fn statements(source: &str) -> Result<Vec<Policy>, Vec<Fault>> {
    let set = parsed(source)?;
    let number = |policy: &Policy| policy.id().to_string().trim_start_matches("policy").parse().unwrap_or(usize::MAX);
    let mut statements: Vec<Policy> = set.policies().cloned().collect();
    statements.sort_by_key(number);
    Ok(statements)
}

fn parsed(source: &str) -> Result<PolicySet, Vec<Fault>> {
    measured(source)?;
    let set = PolicySet::from_str(source)
        .map_err(|errors| errors.iter().map(|error| Fault::found(source, error)).collect::<Vec<_>>())?;
    if set.num_of_templates() > 0 {
        let byte = source.find('?').unwrap_or_default();
        return Err(vec![Fault::at(source, byte, "templates (`?principal`, `?resource`) are not supported")]);
    }
    if set.is_empty() {
        return Err(vec![Fault::at(source, 0, "there is no statement: write `permit (…);` or `forbid (…);`")]);
    }
    Ok(set)
}

fn measured(source: &str) -> Result<(), Vec<Fault>> {
    if source.len() > MAX_SOURCE {
        return Err(vec![Fault::at(source, MAX_SOURCE, format!("at most {MAX_SOURCE} bytes"))]);
    }
    if let Some(byte) = source.find('\0') {
        return Err(vec![Fault::at(source, byte, "a NUL character is no part of a source")]);
    }
    depth::measure(source).map(drop).map_err(|fault| vec![fault])
}

/// A schema, as Cedar's own text or as its JSON. To be called [`on_a_deep_stack`].
///
/// # Errors
/// Every [`Fault`] of size, depth or grammar.
pub fn schema(source: &str) -> Result<Schema, Vec<Fault>> {
    measured(source)?;
    let found = |error: &dyn miette::Diagnostic| vec![Fault::found(source, error)];
    if source.trim_start().starts_with('{') {
        return Schema::from_json_str(source).map_err(|error| found(&error));
    }
    Schema::from_cedarschema_str(source).map(|(schema, _)| schema).map_err(|error| found(&error))
}

/// What the validator says of a source.
#[derive(Clone, Debug, Default)]
pub struct Validated {
    /// Why it may not take effect.
    pub errors: Vec<Fault>,
    /// What its writer should look at.
    pub warnings: Vec<Fault>,
}

/// Whether a source parses and fits the schema (strict validation). To be called [`on_a_deep_stack`].
pub fn validate(source: &str, schema: Option<&Schema>) -> Validated {
    let set = match parsed(source) {
        Ok(set) => set,
        Err(errors) => return Validated { errors, warnings: Vec::new() },
    };
    let Some(schema) = schema else { return Validated::default() };
    let result = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
    Validated {
        errors: result.validation_errors().map(|error| Fault::found(source, error)).collect(),
        warnings: result.validation_warnings().map(|warning| Fault::found(source, warning)).collect(),
    }
}

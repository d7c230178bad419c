//! Reading subject, action, resource and context from JSON, as the AuthZEN information model has them.

use serde_json::{Map, Value};

use super::engine::{Act, Party, bounded, limits};
use crate::kernel::errors::Detail;

/// Whether members that the model does not know are refused or passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Refused, as everywhere under `/api`.
    Refused,
    /// Passed over, as AuthZEN wants it.
    Ignored,
}

type Object = Map<String, Value>;

fn fault(field: &str, code: &'static str, message: impl Into<String>) -> Detail {
    Detail::new(field, code, message)
}

fn object<'a>(value: &'a Value, field: &str) -> Result<&'a Object, Detail> {
    value.as_object().ok_or_else(|| fault(field, "WRONG_TYPE", "Must be an object."))
}

fn known(object: &Object, field: &str, names: &[&str], unknown: Unknown) -> Result<(), Detail> {
    let stranger = object.keys().find(|name| unknown == Unknown::Refused && !names.contains(&name.as_str()));
    stranger.map_or(Ok(()), |name| {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
        Err(fault(&format!("{field}.{shown}"), "UNKNOWN_FIELD", "This field is not known here."))
    })
}

/// A text of a bounded length.
fn text(object: &Object, field: &str, name: &str, most: usize) -> Result<String, Detail> {
    let faulty = |code, message: String| Err(fault(&format!("{field}.{name}"), code, message));
    match object.get(name).map(|value| value.as_str().ok_or(value)) {
        None | Some(Ok("")) => faulty("REQUIRED", "This field is required.".to_owned()),
        Some(Ok(text)) if text.len() > most => faulty("TOO_LONG", format!("At most {most} bytes.")),
        Some(Ok(text)) => Ok(text.to_owned()),
        Some(Err(_)) => faulty("WRONG_TYPE", "Must be a text.".to_owned()),
    }
}

/// An object of bounded size, a member of the field `around`; an empty one where there is none.
fn free(object: &Object, name: &str, around: &str) -> Result<Object, Detail> {
    let field = || if around.is_empty() { name.to_owned() } else { format!("{around}.{name}") };
    match object.get(name) {
        None => Ok(Object::new()),
        Some(Value::Object(inner)) => {
            bounded(inner).map_err(|told| fault(&field(), "TOO_LARGE", told))?;
            Ok(inner.clone())
        }
        Some(_) => Err(fault(&field(), "WRONG_TYPE", "Must be an object.")),
    }
}

/// A subject or resource: `type`, `id`, `properties`.
///
/// # Errors
/// The first field that is missing, of the wrong type or too large.
pub fn party(value: &Value, field: &str, unknown: Unknown) -> Result<Party, Detail> {
    let kind = kind(value, field, unknown)?;
    let id = text(object(value, field)?, field, "id", limits::MAX_ID)?;
    Ok(Party { id, ..kind })
}

/// The same without an id, for searches; one that is there is ignored.
///
/// # Errors
/// As [`party`].
pub fn kind(value: &Value, field: &str, unknown: Unknown) -> Result<Party, Detail> {
    let members = object(value, field)?;
    known(members, field, &["type", "id", "properties"], unknown)?;
    let kind = text(members, field, "type", limits::MAX_TYPE)?;
    let properties = free(members, "properties", field)?;
    Ok(Party { kind, id: String::new(), properties, stored: None })
}

/// An action: `name`, `properties`.
///
/// # Errors
/// As [`party`].
pub fn act(value: &Value, field: &str, unknown: Unknown) -> Result<Act, Detail> {
    let members = object(value, field)?;
    known(members, field, &["name", "properties"], unknown)?;
    let name = text(members, field, "name", limits::MAX_ACTION)?;
    Ok(Act { name, properties: free(members, "properties", field)? })
}

/// The member `context` of a body; an empty one where there is none.
///
/// # Errors
/// As [`party`].
pub fn context(body: &Object) -> Result<Object, Detail> {
    free(body, "context", "")
}

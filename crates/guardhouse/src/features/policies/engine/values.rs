//! JSON as Cedar takes it.
//!
//! Texts, truth, whole numbers of 64 bits, lists (as sets) and objects are what they are. A number with at most four digits
//! after the point is a `decimal`. `null` is absence. Cedar's own escapes name entities and extension values:
//! `{"__entity":{"type":"user","id":"alice"}}`, `{"__extn":{"fn":"ip","arg":"192.0.2.1"}}`.

use cedar_policy::RestrictedExpression;
use serde_json::{Map, Number, Value};

use super::{
    limits::{MAX_JSON_BYTES, MAX_JSON_DEPTH, MAX_JSON_MEMBERS},
    types::Types,
};

/// Refuses properties or a context beyond the limits, before anything descends into them.
///
/// # Errors
/// What is too large, in words.
pub fn bounded(object: &Map<String, Value>) -> Result<(), String> {
    let mut bytes = 0;
    members(object.len())?;
    object.iter().try_for_each(|(name, value)| measure(name.len(), value, 1, &mut bytes))
}

fn measure(name: usize, value: &Value, depth: usize, bytes: &mut usize) -> Result<(), String> {
    *bytes += name + if let Value::String(text) = value { text.len() } else { 8 };
    if *bytes > MAX_JSON_BYTES {
        return Err(format!("At most {MAX_JSON_BYTES} bytes."));
    }
    let deeper =
        |depth| if depth < MAX_JSON_DEPTH { Ok(depth + 1) } else { Err(format!("At most {MAX_JSON_DEPTH} levels.")) };
    match value {
        Value::Object(inner) => {
            members(inner.len())?;
            let depth = deeper(depth)?;
            inner.iter().try_for_each(|(name, value)| measure(name.len(), value, depth, bytes))
        }
        Value::Array(items) => {
            members(items.len())?;
            let depth = deeper(depth)?;
            items.iter().try_for_each(|value| measure(0, value, depth, bytes))
        }
        _ => Ok(()),
    }
}

fn members(count: usize) -> Result<(), String> {
    if count > MAX_JSON_MEMBERS { Err(format!("At most {MAX_JSON_MEMBERS} members or entries.")) } else { Ok(()) }
}

/// Whether [`expression`] surely has values for all members, told without Cedar: no fraction and none of its escapes.
pub(super) fn are_plain(members: &Map<String, Value>) -> bool {
    members.values().all(is_plain)
}

fn is_plain(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => true,
        Value::Number(number) => number.as_i64().is_some(),
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(object) => !object.keys().any(|name| name.starts_with("__")) && are_plain(object),
    }
}

/// The value for Cedar; `None` for `null`. Call [`bounded`] before.
///
/// # Errors
/// What Cedar has no value for, in words.
pub(super) fn expression(types: &Types, value: &Value) -> Result<Option<RestrictedExpression>, String> {
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Bool(truth) => RestrictedExpression::new_bool(*truth),
        Value::String(text) => RestrictedExpression::new_string(text.clone()),
        Value::Number(number) => self::number(number)?,
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| expression(types, item)).collect::<Result<_, _>>()?;
            RestrictedExpression::new_set(items.into_iter().flatten())
        }
        Value::Object(object) => match escaped(types, object)? {
            Some(meant) => meant,
            None => record(types, object)?,
        },
    }))
}

fn record(types: &Types, object: &Map<String, Value>) -> Result<RestrictedExpression, String> {
    let mut fields = Vec::new();
    for (name, value) in object {
        if let Some(value) = expression(types, value)? {
            fields.push((name.clone(), value));
        }
    }
    RestrictedExpression::new_record(fields).map_err(|error| error.to_string())
}

fn number(number: &Number) -> Result<RestrictedExpression, String> {
    if let Some(whole) = number.as_i64() {
        return Ok(RestrictedExpression::new_long(whole));
    }
    let text = number.to_string();
    let fraction = text.split_once('.').map(|(_, fraction)| fraction);
    let fits = fraction.is_some_and(|digits| digits.len() <= 4 && digits.bytes().all(|digit| digit.is_ascii_digit()));
    if fits {
        return Ok(RestrictedExpression::new_decimal(text));
    }
    Err(format!("{text} is no number for policies: whole ones of 64 bits, or at most four digits after the point."))
}

/// What `__entity` and `__extn` stand for.
fn escaped(types: &Types, object: &Map<String, Value>) -> Result<Option<RestrictedExpression>, String> {
    let text = |inner: &Value, name: &str| inner.get(name).and_then(Value::as_str).map(str::to_owned);
    let only = |name: &str| object.get(name).filter(|_| object.len() == 1);
    if let Some(inner) = only("__entity") {
        let (Some(kind), Some(id)) = (text(inner, "type"), text(inner, "id")) else {
            return Err("`__entity` takes an object with `type` and `id`.".to_owned());
        };
        let entity = types.uid(&kind, &id).map_err(|error| error.to_string())?;
        return Ok(Some(RestrictedExpression::new_entity_uid(entity)));
    }
    let Some(inner) = only("__extn") else { return Ok(None) };
    let (function, argument) = (text(inner, "fn"), text(inner, "arg"));
    let (Some(function), Some(argument)) = (function, argument) else {
        return Err("`__extn` takes an object with `fn` and `arg`.".to_owned());
    };
    Ok(Some(match function.as_str() {
        "ip" => RestrictedExpression::new_ip(argument),
        "decimal" => RestrictedExpression::new_decimal(argument),
        "datetime" => RestrictedExpression::new_datetime(argument),
        "duration" => RestrictedExpression::new_duration(argument),
        _ => return Err("`fn` is one of ip, decimal, datetime, duration.".to_owned()),
    }))
}

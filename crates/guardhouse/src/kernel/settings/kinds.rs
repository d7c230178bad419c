//! What kind of value a setting has: in words for people, and how it is read from an environment's text.

use serde::{
    Deserializer,
    de::{DeserializeOwned, Error as _, Visitor, value::Error as Probe},
    forward_to_deserialize_any,
};
use serde_json::Value;

/// Whether values of this type are secrets, masked and allowed as `file:` and `env:`.
pub(super) fn is_secret(kind: &str) -> bool {
    kind.contains("SecretText")
}

fn is_list(kind: &str) -> bool {
    kind.starts_with("Vec")
}

fn without_option(kind: &str) -> String {
    let kind: String = kind.chars().filter(|c| !c.is_whitespace()).collect();
    kind.strip_prefix("Option<").and_then(|inner| inner.strip_suffix('>')).map_or(kind.clone(), str::to_owned)
}

/// Reads text as the type wants it: the environment knows no numbers, truths or lists. A file may
/// give a list of one as its member.
pub(super) fn from_text(kind: &str, value: Value, text_only: bool) -> Value {
    let Value::String(text) = value else { return value };
    let plain = without_option(kind);
    if is_list(&plain) {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        return if text_only { items.map(Value::from).collect() } else { Value::Array(vec![Value::String(text)]) };
    }
    if !text_only {
        return Value::String(text);
    }
    match plain.as_str() {
        "bool" => text.parse::<bool>().map_or(Value::String(text), Value::from),
        "u8" | "u16" | "u32" | "u64" | "usize" | "i64" => text.parse::<i64>().map_or(Value::String(text), Value::from),
        _ if text.is_empty() && plain != kind => Value::Null,
        _ => Value::String(text),
    }
}

/// In words: `duration`, `number`, "one of `off`, `on`".
pub(super) fn describe<T: DeserializeOwned>(kind: &str) -> String {
    let plain = without_option(kind);
    let single = plain.strip_prefix("Vec<").and_then(|inner| inner.strip_suffix('>')).unwrap_or(&plain);
    let word = match single {
        "Span" => "a duration as in `15m`, `7d`, `250ms`".to_owned(),
        "Limit" => "a limit as in `20/15m`, or `off`".to_owned(),
        "bool" => "`true` or `false`".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "usize" | "i64" => "a number".to_owned(),
        "SocketAddr" => "an IP address and port as in `127.0.0.1:8700`".to_owned(),
        "PathBuf" => "a path".to_owned(),
        "SecretText" => "a secret, or `file:/path`, or `env:NAME`".to_owned(),
        _ => choices::<T>().unwrap_or_else(|| "a text".to_owned()),
    };
    if is_list(&plain) { format!("a list of: {word}") } else { word }
}

/// The names an enum accepts, learnt by asking it to read itself.
fn choices<T: DeserializeOwned>() -> Option<String> {
    let refusal = T::deserialize(Choices).err()?.to_string();
    refusal.strip_prefix(MARK).map(|names| format!("one of {names}"))
}

const MARK: &str = "choices: ";

struct Choices;

impl<'de> Deserializer<'de> for Choices {
    type Error = Probe;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Probe> {
        Err(Probe::custom("no enum"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Probe> {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        Err(Probe::custom(format!("{MARK}{}", names.join(", "))))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Probe> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Probe> {
        visitor.visit_seq(One(Some(self)))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct tuple tuple_struct map struct identifier ignored_any
    }
}

struct One(Option<Choices>);

impl<'de> serde::de::SeqAccess<'de> for One {
    type Error = Probe;

    fn next_element_seed<T: serde::de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Probe> {
        self.0.take().map(|inner| seed.deserialize(inner)).transpose()
    }
}

/// As it would stand in the file. JSON's strings, numbers and lists are TOML too.
pub(super) fn as_toml(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Array(items) => format!("[{}]", items.iter().map(as_toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

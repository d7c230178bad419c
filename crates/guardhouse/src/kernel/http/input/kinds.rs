//! The types that fields have.

use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::{Id, Kind, NotAnId},
    password::{Password, PasswordError},
    time::Timestamp,
};
use serde_json::Value;
use utoipa::openapi::{
    ObjectBuilder, RefOr, Schema,
    schema::{ArrayBuilder, SchemaFormat, Type},
};

use super::{Fault, Field};

fn text(value: Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(Fault::kind("a text")),
    }
}

fn string(format: Option<&str>, most: usize) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(format.map(|format| SchemaFormat::Custom(format.to_owned())))
        .max_length(Some(most))
        .into()
}

impl<T: Field> Field for Option<T> {
    const REQUIRED: bool = false;
    fn read(value: Value) -> Result<Self, Fault> {
        if value.is_null() { Ok(None) } else { T::read(value).map(Some) }
    }
    fn absent() -> Result<Self, Fault> {
        Ok(None)
    }
    fn schema() -> RefOr<Schema> {
        T::schema()
    }
}

impl<T: Field> Field for Vec<T> {
    fn read(value: Value) -> Result<Self, Fault> {
        match value {
            Value::Array(items) if items.len() <= 100 => items.into_iter().map(T::read).collect(),
            Value::Array(_) => Err(Fault::new("TOO_LONG", "At most 100 entries.")),
            _ => Err(Fault::kind("a list")),
        }
    }
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(T::schema()).into()
    }
}

impl Field for bool {
    fn read(value: Value) -> Result<Self, Fault> {
        value.as_bool().ok_or_else(|| Fault::kind("true or false"))
    }
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }
}

impl Field for EmailAddress {
    fn read(value: Value) -> Result<Self, Fault> {
        Self::parse(&text(value)?).map_err(|error| Fault::new("INVALID_EMAIL", error.to_string()))
    }
    fn schema() -> RefOr<Schema> {
        string(Some("email"), 254)
    }
}

impl Field for DisplayName {
    fn read(value: Value) -> Result<Self, Fault> {
        Self::parse(&text(value)?).map_err(|error| Fault::new("INVALID_NAME", error.to_string()))
    }
    fn schema() -> RefOr<Schema> {
        string(None, 200)
    }
}

impl Field for Password {
    fn read(value: Value) -> Result<Self, Fault> {
        let typed = zeroize::Zeroizing::new(text(value)?);
        Self::parse(&typed).map_err(|error| match error {
            PasswordError::Empty => Fault::new("REQUIRED", "This field is required."),
            PasswordError::TooLong { .. } => Fault::new("TOO_LONG", error.to_string()),
            PasswordError::ContainsNul => Fault::new("INVALID_PASSWORD", error.to_string()),
        })
    }
    fn schema() -> RefOr<Schema> {
        string(Some("password"), 256)
    }
}

impl Field for Timestamp {
    fn read(value: Value) -> Result<Self, Fault> {
        text(value)?
            .parse()
            .map_err(|error: guardhouse_core::time::TimeError| Fault::new("INVALID_TIME", error.to_string()))
    }
    fn schema() -> RefOr<Schema> {
        string(Some("date-time"), 40)
    }
}

/// A short text without control characters, at most `MOST` bytes.
pub struct Text<const MOST: usize>(pub String);

impl<const MOST: usize> Field for Text<MOST> {
    fn read(value: Value) -> Result<Self, Fault> {
        let text = text(value)?;
        if text.len() > MOST {
            return Err(Fault::new("TOO_LONG", format!("At most {MOST} bytes.")));
        }
        if text.chars().any(char::is_control) {
            return Err(Fault::new("INVALID_CHARACTERS", "Control characters are not allowed."));
        }
        if text.trim().is_empty() {
            return Err(Fault::new("REQUIRED", "This field is required."));
        }
        Ok(Self(text))
    }
    fn schema() -> RefOr<Schema> {
        string(None, MOST)
    }
}

/// Any JSON text that carries a secret of ours: read as it is, at most 1 KiB.
pub struct Opaque(pub zeroize::Zeroizing<String>);

impl Field for Opaque {
    fn read(value: Value) -> Result<Self, Fault> {
        let text = text(value)?;
        if text.is_empty() {
            return Err(Fault::new("REQUIRED", "This field is required."));
        }
        if text.len() > 1024 {
            return Err(Fault::new("TOO_LONG", "At most 1024 bytes."));
        }
        Ok(Self(text.into()))
    }
    fn schema() -> RefOr<Schema> {
        string(None, 1024)
    }
}

/// A JSON object that somebody else's library reads: what a browser made of `WebAuthn` options.
pub struct Foreign(pub Value);

impl Field for Foreign {
    fn read(value: Value) -> Result<Self, Fault> {
        if value.is_object() { Ok(Self(value)) } else { Err(Fault::kind("an object")) }
    }
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Object).into()
    }
}

/// An id as lists show it.
impl<K: Kind> Field for Id<K> {
    fn read(value: Value) -> Result<Self, Fault> {
        text(value)?.parse().map_err(|error: NotAnId| Fault::new("INVALID_ID", error.to_string()))
    }
    fn schema() -> RefOr<Schema> {
        string(None, 64)
    }
}

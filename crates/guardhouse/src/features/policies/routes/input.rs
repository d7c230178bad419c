//! Bodies with sources in them, which are larger than others.

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

use crate::{
    features::policies::{engine::limits::MAX_SOURCE, trials::Tried},
    kernel::{
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::input::{self, Fault, Field, Fields, Input, Text},
    },
};

/// Bytes of a body: a source whose every character is escaped, with test cases.
const MOST_BYTES: usize = 512 * 1024;

/// A body of `T` that may be large.
pub(super) struct Large<T>(pub T);

impl<T: Input> FromRequest<Ctx> for Large<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &Ctx) -> Result<Self> {
        let json = input::is_json(&request, "application/json");
        let bytes = input::read(request, MOST_BYTES).await?;
        if !bytes.is_empty() && !json {
            return Err(Error::new(Code::UnsupportedMediaType, "Send the body as application/json."));
        }
        let object = if bytes.is_empty() { Map::new() } else { input::object(&bytes)? };
        T::read(Fields::new(object)).map(Self)
    }
}

/// The source of a policy or of the schema, at most [`MAX_SOURCE`] bytes.
pub(super) struct Source(pub String);

impl Field for Source {
    fn read(value: Value) -> Result<Self, Fault> {
        match value {
            Value::String(text) if text.len() > MAX_SOURCE => {
                Err(Fault::new("TOO_LONG", format!("At most {MAX_SOURCE} bytes.")))
            }
            Value::String(text) => Ok(Self(text)),
            _ => Err(Fault::new("WRONG_TYPE", "Must be a text.")),
        }
    }
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).max_length(Some(MAX_SOURCE)).into()
    }
}

/// The name of a policy: 1 to 64 letters, digits and `-_.:/`.
pub(super) struct Name(pub String);

const MAX_NAME: usize = 64;

impl Field for Name {
    fn read(value: Value) -> Result<Self, Fault> {
        let Text(name) = Text::<MAX_NAME>::read(value)?;
        if name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/".contains(c)) {
            return Ok(Self(name));
        }
        Err(Fault::new(
            "INVALID_NAME",
            format!("A policy's name is 1 to {MAX_NAME} letters, digits and -_.:/ without spaces."),
        ))
    }
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).max_length(Some(MAX_NAME)).into()
    }
}

/// A version's number.
pub(super) struct Version(pub i64);

impl Field for Version {
    fn read(value: Value) -> Result<Self, Fault> {
        let number = value.as_i64().filter(|number| *number > 0);
        number.map(Self).ok_or_else(|| Fault::new("WRONG_TYPE", "Must be a whole number from 1 on."))
    }
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).into()
    }
}

impl Field for Tried {
    fn read(value: Value) -> Result<Self, Fault> {
        let Value::Object(members) = value else { return Err(Fault::new("WRONG_TYPE", "Must be a list of objects.")) };
        let mut fields = Fields::new(members);
        let (name, source) = (fields.take::<Name>("name"), fields.take::<Source>("source"));
        let finished = fields.finish();
        match (name, source, finished) {
            (Some(Name(name)), Some(Source(source)), Ok(())) => Ok(Self { name, source }),
            _ => Err(Fault::new("INVALID_POLICY", "Each has a `name` and a `source`, and nothing else.")),
        }
    }
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .property("name", Name::schema())
            .property("source", Source::schema())
            .required("name")
            .required("source")
            .into()
    }
}

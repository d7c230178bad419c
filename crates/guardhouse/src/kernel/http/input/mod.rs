//! Strict input: every body is a JSON object whose fields are each named, typed and bounded (M-39).
//!
//! `input!` declares a body once; from it come the parser that names every bad field at once, and the schema of the
//! API description.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    password::{Password, PasswordError},
    time::Timestamp,
};
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Map, Value};
use utoipa::openapi::{
    ObjectBuilder, RefOr, Schema,
    schema::{ArrayBuilder, SchemaFormat, Type},
};

use super::strict;
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Detail, Error, Result},
};

/// Bytes of a body, unless the route takes bulk.
const MOST_BYTES: usize = 64 * 1024;
/// A body must arrive within this (`D2`).
const READ_TIME: Duration = Duration::from_secs(10);

/// A body of `T`, read and checked.
pub struct Body<T>(pub T);

/// A body that `input!` declared.
pub trait Input: Sized {
    /// Takes the fields, or says all that is wrong with them.
    fn read(fields: Fields) -> Result<Self>;
}

impl<T: Input> FromRequest<Ctx> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &Ctx) -> Result<Self> {
        let json = is_json(&request, "application/json");
        let bytes = read(request, MOST_BYTES).await?;
        if !bytes.is_empty() && !json {
            return Err(Error::new(Code::UnsupportedMediaType, "Send the body as application/json."));
        }
        let object = if bytes.is_empty() { Map::new() } else { object(&bytes)? };
        T::read(Fields::new(object)).map(Self)
    }
}

/// A body with nothing to say: an empty object, or none.
pub struct Nothing;

impl Input for Nothing {
    fn read(fields: Fields) -> Result<Self> {
        fields.finish().map(|()| Self)
    }
}

/// Whether the request says that its body is of this media type.
pub fn is_json(request: &Request, wanted: &str) -> bool {
    let line = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    line.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
}

/// The whole body, bounded in size and time.
pub async fn read(request: Request, most: usize) -> Result<Bytes> {
    read_within(READ_TIME, request, most).await
}

pub(super) async fn read_within(time: Duration, request: Request, most: usize) -> Result<Bytes> {
    let collected = tokio::time::timeout(time, Limited::new(request.into_body(), most).collect()).await;
    match collected {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Error::new(Code::PayloadTooLarge, format!("The body may have at most {most} bytes.")))
        }
        Ok(Err(_)) => Err(Error::new(Code::MalformedJson, "The body was cut short.")),
        Err(_) => Err(Error::new(Code::MalformedJson, "The body did not arrive in time.")),
    }
}

/// The one object that the text is, no member named twice.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>> {
    let value = strict::parse(bytes)
        .map_err(|error| Error::new(Code::MalformedJson, format!("The body is not well-formed JSON: {error}.")))?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Error::new(Code::MalformedJson, "The body must be a JSON object.")),
    }
}

/// What is wrong with a field.
pub struct Fault {
    code: &'static str,
    message: String,
}

impl Fault {
    /// A fault with its stable code.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    fn kind(expected: &str) -> Self {
        Self::new("WRONG_TYPE", format!("Must be {expected}."))
    }
}

/// A type that a field may have.
pub trait Field: Sized {
    /// Whether the field must be there.
    const REQUIRED: bool = true;
    /// Reads the value.
    fn read(value: Value) -> Result<Self, Fault>;
    /// What an absent field means.
    fn absent() -> Result<Self, Fault> {
        Err(Fault::new("REQUIRED", "This field is required."))
    }
    /// Its schema.
    fn schema() -> RefOr<Schema>;
}

/// The fields of a body, taken one by one, with all faults gathered.
pub struct Fields {
    object: Map<String, Value>,
    faults: Vec<Detail>,
}

impl Fields {
    /// The members of an object.
    pub fn new(object: Map<String, Value>) -> Self {
        Self { object, faults: Vec::new() }
    }

    /// Takes a field; a fault is kept for [`Fields::finish`].
    pub fn take<T: Field>(&mut self, name: &str) -> Option<T> {
        let read = match self.object.remove(name) {
            None => T::absent(),
            Some(value) => T::read(value),
        };
        read.map_err(|fault| self.faults.push(Detail::new(name, fault.code, fault.message))).ok()
    }

    /// Says all that was wrong, unknown fields too.
    pub fn finish(mut self) -> Result<()> {
        for name in self.object.keys().take(20) {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            self.faults.push(Detail::new(shown, "UNKNOWN_FIELD", "This field is not known here."));
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Error::validation(self.faults)) }
    }
}

/// Declares a body: its fields with their types. Optional ones are `Option`.
#[macro_export]
macro_rules! input {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[doc = $doc:literal])* $field:ident: $kind:ty,)* }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[doc = $doc])* pub $field: $kind,)* }

        impl $crate::kernel::http::input::Input for $name {
            fn read(mut fields: $crate::kernel::http::input::Fields) -> $crate::kernel::errors::Result<Self> {
                $(let $field = fields.take::<$kind>(stringify!($field));)*
                fields.finish()?;
                let ($(Some($field),)*) = ($($field,)*) else {
                    return Err($crate::kernel::errors::Error::internal("a field's fault was lost"));
                };
                Ok(Self { $($field,)* })
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                use $crate::kernel::http::input::{Field, described};
                let object = utoipa::openapi::ObjectBuilder::new()
                    .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::<utoipa::openapi::Schema>::FreeForm(false)));
                $(
                    let object = object.property(stringify!($field), described(<$kind as Field>::schema(), concat!($($doc),*)));
                    let object = if <$kind as Field>::REQUIRED { object.required(stringify!($field)) } else { object };
                )*
                object.into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

/// Puts a field's doc comment into its schema.
pub fn described(schema: RefOr<Schema>, text: &str) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.description = Some(text.trim().to_owned());
            object.into()
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.description = Some(text.trim().to_owned());
            array.into()
        }
        other => other,
    }
}

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

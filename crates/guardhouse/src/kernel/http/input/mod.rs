//! Strict input: every body is a JSON object whose fields are each named, typed and bounded (M-39).
//!
//! `input!` declares a body once; from it come the parser that names every bad field at once, and the schema of the
//! API description.

mod body;
mod kinds;

use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};

#[cfg(test)]
pub(super) use body::read_within;
pub use body::{Body, is_json, object, read};
pub use kinds::{Foreign, Opaque, Text};

use crate::kernel::errors::{Detail, Error, Result};

/// A body that `input!` declared.
pub trait Input: Sized {
    /// Takes the fields, or says all that is wrong with them.
    fn read(fields: Fields) -> Result<Self>;
}

/// A body with nothing to say: an empty object, or none.
pub struct Nothing;

impl Input for Nothing {
    fn read(fields: Fields) -> Result<Self> {
        fields.finish().map(|()| Self)
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
        // In an order that no feature of the JSON library changes.
        let mut names: Vec<&String> = self.object.keys().collect();
        names.sort_unstable();
        for name in names.into_iter().take(20) {
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

//! The five kinds of value that both databases hold without loss.

use std::fmt;

use guardhouse_core::{ids::Id, time::Timestamp};

/// One parameter or one column. Flags are integers 0 and 1, times are microseconds, identifiers are
/// 16 bytes, documents are text.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// `INTEGER`, `BIGINT`.
    Int(i64),
    /// `TEXT`.
    Text(String),
    /// `BLOB`, `BYTEA`.
    Bytes(Vec<u8>),
    /// `REAL`, `DOUBLE PRECISION`.
    Real(f64),
}

impl Value {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int(_) => "integer",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Real(_) => "real",
        }
    }
}

/// Shows kind and length only: values are mail addresses and hashes, and `{:?}` ends up in logs.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Int(_) | Self::Real(_) => f.write_str(self.kind()),
            Self::Text(text) => write!(f, "text[{}]", text.len()),
            Self::Bytes(bytes) => write!(f, "bytes[{}]", bytes.len()),
        }
    }
}

macro_rules! from {
    ($($from:ty => |$name:ident| $value:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($name: $from) -> Self {
                $value
            }
        }
    )*};
}

from! {
    i64 => |number| Self::Int(number);
    i32 => |number| Self::Int(number.into());
    u32 => |number| Self::Int(number.into());
    u16 => |number| Self::Int(number.into());
    u8 => |number| Self::Int(number.into());
    bool => |flag| Self::Int(flag.into());
    f64 => |number| Self::Real(number);
    &str => |text| Self::Text(text.to_owned());
    &String => |text| Self::Text(text.clone());
    String => |text| Self::Text(text);
    Vec<u8> => |bytes| Self::Bytes(bytes);
    &Vec<u8> => |bytes| Self::Bytes(bytes.clone());
    &[u8] => |bytes| Self::Bytes(bytes.to_vec());
    Timestamp => |moment| Self::Int(moment.0);
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<K> From<Id<K>> for Value {
    fn from(id: Id<K>) -> Self {
        Self::Bytes(id.bytes().to_vec())
    }
}

impl<K> From<&Id<K>> for Value {
    fn from(id: &Id<K>) -> Self {
        Self::Bytes(id.bytes().to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The parameters of a statement, `$1` first: `params![id, name, None::<i64>]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}

//! Our value kinds on PostgreSQL's types, and back.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::{Result, Row, StoreError, Value};

type Written = std::result::Result<IsNull, Box<dyn Error + Sync + Send>>;

impl ToSql for Value {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Written {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => int(*number, wanted, out),
            Self::Real(number) => write(number, wanted, out),
            Self::Text(text) => write(text, wanted, out),
            Self::Bytes(bytes) => write(bytes, wanted, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Told by `to_sql`, which knows the kind.
        true
    }

    to_sql_checked!();
}

/// The server says how wide it wants an integer: a column made elsewhere, or `limit $1`.
fn int(number: i64, wanted: &Type, out: &mut BytesMut) -> Written {
    match *wanted {
        Type::INT2 => i16::try_from(number)?.to_sql(wanted, out),
        Type::INT4 => i32::try_from(number)?.to_sql(wanted, out),
        Type::BOOL => (number != 0).to_sql(wanted, out),
        _ => write(&number, wanted, out),
    }
}

fn write<T: ToSql>(value: &T, wanted: &Type, out: &mut BytesMut) -> Written {
    if T::accepts(wanted) {
        return value.to_sql(wanted, out);
    }
    Err(format!("the statement wants {wanted} here; a cast like $1::bigint tells it otherwise").into())
}

/// Reads a row of the driver.
pub(super) fn row(row: &tokio_postgres::Row) -> Result<Row> {
    let columns = 0..row.len();
    columns.map(|column| value(row, column)).collect::<Result<_>>().map(Row::new)
}

fn value(row: &tokio_postgres::Row, column: usize) -> Result<Value> {
    let found = row.columns()[column].type_();
    let read = match *found {
        Type::INT8 => row.try_get::<_, Option<i64>>(column).map(Value::from),
        Type::INT4 => row.try_get::<_, Option<i32>>(column).map(Value::from),
        Type::INT2 => row.try_get::<_, Option<i16>>(column).map(|number| number.map(i32::from).into()),
        Type::BOOL => row.try_get::<_, Option<bool>>(column).map(Value::from),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(column).map(Value::from),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(column).map(Value::from),
        Type::FLOAT4 => row.try_get::<_, Option<f32>>(column).map(|number| number.map(f64::from).into()),
        Type::TEXT | Type::VARCHAR | Type::NAME => row.try_get::<_, Option<String>>(column).map(Value::from),
        _ => return Err(unreadable(row.columns()[column].name(), found)),
    };
    read.map_err(|_| StoreError::Corrupt(format!("column {column} cannot be read as {found}")))
}

/// Whether [`value`] reads this type. `sum` of integers is `numeric`, which SQLite does not have.
pub(super) fn readable(found: &Type) -> bool {
    matches!(
        *found,
        Type::INT8
            | Type::INT4
            | Type::INT2
            | Type::BOOL
            | Type::BYTEA
            | Type::FLOAT8
            | Type::FLOAT4
            | Type::TEXT
            | Type::VARCHAR
            | Type::NAME
    )
}

pub(super) fn unreadable(column: &str, found: &Type) -> StoreError {
    StoreError::internal(format_args!("column {column} is {found}: cast it, as in cast(sum(x) as bigint)"))
}

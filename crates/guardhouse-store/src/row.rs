//! One answered row and its typed columns.

use crate::{Result, StoreError, Value};

/// The columns of one row, in the order of the statement. A getter of the wrong kind answers
/// [`StoreError::Corrupt`] with the column's index.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(Vec<Value>);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    /// The number of columns.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no columns at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The column as it came.
    pub fn value(&self, column: usize) -> Result<&Value> {
        self.0.get(column).ok_or_else(|| StoreError::Corrupt(format!("column {column} of {} is missing", self.0.len())))
    }

    fn typed<'a, T>(&'a self, column: usize, wanted: &str, pick: impl FnOnce(&'a Value) -> Option<T>) -> Result<T> {
        let value = self.value(column)?;
        pick(value).ok_or_else(|| {
            let found = value.kind();
            StoreError::Corrupt(format!("column {column}: {wanted} expected, {found} found"))
        })
    }

    fn optional<T>(&self, column: usize, get: impl FnOnce(&Self) -> Result<T>) -> Result<Option<T>> {
        match self.value(column)? {
            Value::Null => Ok(None),
            _ => get(self).map(Some),
        }
    }

    /// An integer.
    pub fn int(&self, column: usize) -> Result<i64> {
        self.typed(column, "integer", |value| match value {
            Value::Int(number) => Some(*number),
            _ => None,
        })
    }

    /// An integer or null.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        self.optional(column, |row| row.int(column))
    }

    /// Text.
    pub fn text(&self, column: usize) -> Result<String> {
        self.str(column).map(str::to_owned)
    }

    /// Text, borrowed.
    pub fn str(&self, column: usize) -> Result<&str> {
        self.typed(column, "text", |value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Text or null.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>> {
        self.optional(column, |row| row.text(column))
    }

    /// Bytes.
    pub fn bytes(&self, column: usize) -> Result<Vec<u8>> {
        self.slice(column).map(<[u8]>::to_vec)
    }

    /// Bytes, borrowed.
    pub fn slice(&self, column: usize) -> Result<&[u8]> {
        self.typed(column, "bytes", |value| match value {
            Value::Bytes(bytes) => Some(bytes.as_slice()),
            _ => None,
        })
    }

    /// Bytes or null.
    pub fn opt_bytes(&self, column: usize) -> Result<Option<Vec<u8>>> {
        self.optional(column, |row| row.bytes(column))
    }

    /// A flag: the integer 0 or 1 and nothing else.
    pub fn flag(&self, column: usize) -> Result<bool> {
        self.typed(column, "flag", |value| match value {
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        })
    }

    /// A real number; an integer counts as one.
    pub fn real(&self, column: usize) -> Result<f64> {
        self.typed(column, "real", |value| match value {
            Value::Real(number) => Some(*number),
            #[expect(clippy::cast_precision_loss, reason = "reals are shown, never counted with")]
            Value::Int(number) => Some(*number as f64),
            _ => None,
        })
    }

    /// Exactly 16 bytes.
    pub fn id16(&self, column: usize) -> Result<[u8; 16]> {
        self.typed(column, "16 bytes", |value| match value {
            Value::Bytes(bytes) => bytes.as_slice().try_into().ok(),
            _ => None,
        })
    }

    /// Exactly 16 bytes or null.
    pub fn opt_id16(&self, column: usize) -> Result<Option<[u8; 16]>> {
        self.optional(column, |row| row.id16(column))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_kind_names_its_column_and_not_its_content() {
        let row = Row::new(crate::params![1, "alice@example.com", [7u8; 15]]);
        assert_eq!(row.int(0).unwrap(), 1);
        let told = row.int(1).unwrap_err().to_string();
        assert!(told.contains("column 1") && !told.contains("alice"), "{told}");
        assert!(row.id16(2).is_err());
        assert!(row.value(3).is_err());
        assert!(!format!("{row:?}").contains("alice"));
    }

    #[test]
    fn a_flag_is_nothing_but_zero_and_one() {
        let row = Row::new(crate::params![true, false, 2]);
        assert!(row.flag(0).unwrap());
        assert!(!row.flag(1).unwrap());
        assert!(row.flag(2).is_err());
    }

    #[test]
    fn null_is_none_only_for_optional_getters() {
        let row = Row::new(crate::params![None::<i64>]);
        assert_eq!(row.opt_int(0).unwrap(), None);
        assert_eq!(row.opt_id16(0).unwrap(), None);
        assert!(row.int(0).is_err());
    }
}

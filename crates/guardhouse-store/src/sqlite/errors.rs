//! SQLite's result codes in our kinds.

use rusqlite::{Error, ErrorCode, ffi};

use crate::StoreError;

/// `name` is the statement's, or says what was being done.
pub(crate) fn store_error(error: &Error, name: &str) -> StoreError {
    let Some(failure) = error.sqlite_error() else {
        return StoreError::internal(format_args!("{name}: {error}"));
    };
    match failure.code {
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::CannotOpen | ErrorCode::SystemIoFailure => {
            StoreError::unavailable(format_args!("{name}: {error}"))
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt(format!("{name}: {error}")),
        ErrorCode::ConstraintViolation => constraint(error, failure.extended_code, name),
        _ => StoreError::internal(format_args!("{name}: {error}")),
    }
}

fn constraint(error: &Error, code: i32, name: &str) -> StoreError {
    let constraint = match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            columns(&error.to_string())
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => "foreign key".to_owned(),
        _ => return StoreError::internal(format_args!("{name}: {error}")),
    };
    StoreError::Conflict { constraint }
}

/// `UNIQUE constraint failed: accounts.email_key` or `… failed: index 'accounts_email'`.
fn columns(message: &str) -> String {
    let named = message.rsplit_once("failed: ").map_or(message, |(_, named)| named);
    match named.strip_prefix("index '") {
        Some(index) => index.trim_end_matches('\'').to_owned(),
        None => named.to_owned(),
    }
}

//! What the driver and the server say, in our kinds and without values.

use deadpool_postgres::PoolError;
use tokio_postgres::{Error, error::DbError};

use crate::StoreError;

/// A failure before it is known which statement to name.
#[derive(Debug)]
pub(super) enum Failure {
    Driver(Error),
    Connect(Error),
    Pool(&'static str),
    Stuck,
    Store(StoreError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Driver(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    pub(super) fn pool(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => Self::Connect(error),
            PoolError::Timeout(_) => Self::Pool("no free connection in time"),
            _ => Self::Pool("the pool is closed"),
        }
    }

    fn code(&self) -> Option<&str> {
        match self {
            Self::Driver(error) => error.code().map(tokio_postgres::error::SqlState::code),
            _ => None,
        }
    }

    /// Whether the same unit may well succeed at once: it lost against another transaction, or
    /// its prepared statement has gone or fits the tables no more.
    pub(super) fn again(&self) -> bool {
        matches!(self.code(), Some("40001" | "40P01")) || self.stale()
    }

    /// Whether the prepared statements of the connection are of no use any more.
    pub(super) fn stale(&self) -> bool {
        match self {
            Self::Driver(error) => error.as_db_error().is_some_and(|told| {
                told.code().code() == "26000"
                    || (told.code().code() == "0A000" && told.message().contains("cached plan"))
            }),
            _ => false,
        }
    }

    /// Whether the connection is of no use any more.
    pub(super) fn spoils(&self) -> bool {
        match self {
            Self::Stuck => true,
            Self::Driver(error) => error.is_closed() || is_io(error),
            _ => false,
        }
    }

    /// `name` is the statement's, or says what was being done.
    pub(super) fn named(self, name: &str) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Stuck => StoreError::unavailable(format_args!("{name}: no answer in time")),
            Self::Pool(reason) => StoreError::unavailable(format_args!("{name}: {reason}")),
            Self::Connect(error) => StoreError::unavailable(format_args!("{name}: {}", connecting(&error))),
            Self::Driver(error) => match error.as_db_error() {
                Some(told) => server(told, name),
                None if error.is_closed() || is_io(&error) => StoreError::unavailable(format_args!("{name}: {error}")),
                None => StoreError::internal(format_args!("{name}: {error}")),
            },
        }
    }
}

fn is_io(error: &Error) -> bool {
    matches!(std::error::Error::source(error), Some(source) if source.is::<std::io::Error>())
}

/// The driver's words and the reason below them: "error connecting to server: refused".
fn connecting(error: &Error) -> String {
    if let Some(told) = error.as_db_error() {
        return text(told);
    }
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn server(told: &DbError, name: &str) -> StoreError {
    let code = told.code().code();
    match code {
        "23505" => StoreError::Conflict { constraint: unique(told) },
        "23503" | "23001" => StoreError::Conflict { constraint: "foreign key".to_owned() },
        "53100" => StoreError::Full,
        "XX001" | "XX002" => StoreError::Corrupt(format!("{name}: {}", text(told))),
        _ if is_passing(code) => StoreError::unavailable(format_args!("{name}: {}", text(told))),
        _ => StoreError::internal(format_args!("{name}: {}", text(told))),
    }
}

/// Classes 08 (connection), 40 (rolled back for another), 53 (resources), 57 (shut down, cancelled,
/// starting); a lock not had, an idle transaction ended, a server that became a standby.
fn is_passing(code: &str) -> bool {
    matches!(code, "55P03" | "25P03" | "25P04" | "25006")
        || ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class))
}

/// Class 22 quotes the value it complains about, and details quote whole rows: both stay out.
fn text(told: &DbError) -> String {
    let code = told.code().code();
    if code.starts_with("22") {
        return format!("SQLSTATE {code}");
    }
    format!("{} (SQLSTATE {code})", told.message())
}

/// `table.column, table.column` as SQLite says it, from `Key (column, column)=(…) already exists.`
/// in any language; the name of the index where it is over expressions.
fn unique(told: &DbError) -> String {
    let constraint = told.constraint().unwrap_or("unique");
    let columns =
        told.detail().and_then(|detail| detail.split_once('(')?.1.split_once(")=(")).map(|(columns, _)| columns);
    match (columns, told.table()) {
        (Some(columns), Some(table)) if !columns.contains('(') => {
            let named: Vec<_> = columns.split(", ").map(|column| format!("{table}.{column}")).collect();
            named.join(", ")
        }
        _ => constraint.to_owned(),
    }
}

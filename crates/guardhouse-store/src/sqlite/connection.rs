//! Opening connections, binding parameters, reading rows.

use std::{
    fs::{DirBuilder, OpenOptions},
    io::ErrorKind,
    path::Path,
    time::Duration,
};

use guardhouse_core::time::Timestamp;
use rusqlite::{
    Connection, OpenFlags,
    types::{ToSqlOutput, ValueRef},
};

use super::errors::store_error;
use crate::{
    Result, Row, Statement, StoreError, Value,
    migrations::{self, Migration},
};

/// How long a lock of another process (the command line, a backup) is waited for.
const BUSY: Duration = Duration::from_secs(5);
/// Room for every statement of the program; an unused place costs nothing.
const STATEMENTS: usize = 512;

/// Makes the file and its folder before SQLite does, so that nobody else may read them (the log
/// takes the mode of the file).
pub(crate) fn create(path: &Path) -> Result<()> {
    let made = create_folder(path).and_then(|()| create_file(path));
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(StoreError::unavailable(format_args!("{}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

fn create_folder(path: &Path) -> std::io::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn create_file(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// The one connection that writes.
pub(crate) fn writing(path: &Path, max_bytes: Option<u64>) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // FULL: an acknowledged commit survives a power cut; a spent token must not come back.
    pragmas(
        &connection,
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; \
         pragma journal_size_limit = 67108864;",
    )?;
    if let Some(bytes) = max_bytes {
        limit(&connection, bytes)?;
    }
    Ok(connection)
}

/// A connection that cannot write.
pub(crate) fn reading(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    pragmas(&connection, "pragma query_only = on; pragma mmap_size = 16777216;")?;
    Ok(connection)
}

fn open(path: &Path, mode: OpenFlags) -> Result<Connection> {
    let told = |error| store_error(&error, &path.display().to_string());
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(told)?;
    connection.busy_timeout(BUSY).map_err(told)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    pragmas(&connection, "pragma trusted_schema = off; pragma cell_size_check = on; pragma temp_store = memory;")?;
    Ok(connection)
}

fn pragmas(connection: &Connection, text: &str) -> Result<()> {
    connection.execute_batch(text).map_err(|error| store_error(&error, "pragma"))
}

fn limit(connection: &Connection, bytes: u64) -> Result<()> {
    let told = |error| store_error(&error, "max_bytes");
    let page: u64 =
        connection.pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0)).map_err(told)?.unsigned_abs();
    let pages = i64::try_from(bytes / page.max(1)).unwrap_or(i64::MAX);
    connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).map_err(told)
}

/// Runs one statement: its rows, and how many rows it touched or returned.
pub(crate) fn run(connection: &Connection, statement: &Statement, params: &[Value]) -> Result<(Vec<Row>, u64)> {
    execute(connection, statement.sql, params).map_err(|error| store_error(&error, statement.name))
}

pub(crate) fn prepare(connection: &Connection, statement: &Statement) -> Result<()> {
    connection.prepare(statement.sql).map(drop).map_err(|error| store_error(&error, statement.name))
}

fn execute(connection: &Connection, sql: &str, params: &[Value]) -> rusqlite::Result<(Vec<Row>, u64)> {
    let mut prepared = connection.prepare_cached(sql)?;
    bind(&mut prepared, params)?;
    if prepared.column_count() == 0 {
        let touched = prepared.raw_execute()?;
        return Ok((Vec::new(), touched as u64));
    }
    let mut found = Vec::new();
    let width = prepared.column_count();
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next()? {
        let values = (0..width).map(|column| value(column, row.get_ref(column)?));
        found.push(Row::new(values.collect::<rusqlite::Result<_>>()?));
    }
    let touched = found.len() as u64;
    Ok((found, touched))
}

/// SQLite numbers `$2, $1` by first appearance, so each place is bound by the number in its name.
/// It also takes a cast for a part of the name (`$1::bigint`), which lets both databases read the
/// same text.
fn bind(prepared: &mut rusqlite::Statement<'_>, params: &[Value]) -> rusqlite::Result<()> {
    let mut highest = 0;
    for place in 1..=prepared.parameter_count() {
        let number = prepared.parameter_name(place).and_then(number).unwrap_or(place);
        let value = params.get(number.wrapping_sub(1));
        let value = value.ok_or(rusqlite::Error::InvalidParameterCount(params.len(), number))?;
        prepared.raw_bind_parameter(place, value)?;
        highest = highest.max(number);
    }
    if highest == params.len() {
        return Ok(());
    }
    Err(rusqlite::Error::InvalidParameterCount(params.len(), highest))
}

fn number(name: &str) -> Option<usize> {
    let name = name.strip_prefix('$')?;
    let end = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
    name[..end].parse().ok()
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn value(column: usize, value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(|error| rusqlite::Error::Utf8Error(column, error))?;
            Value::Text(text.to_owned())
        }
    })
}

/// Runs a migration and its ledger row in one transaction, unless the ledger has it already. The
/// immediate lock makes a second process wait here.
pub(crate) fn apply(connection: &mut Connection, migration: &Migration, now: Timestamp) -> Result<bool> {
    let told = |error| store_error(&error, migration.name);
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(told)?;
    transaction.execute_batch(migrations::LEDGER).map_err(told)?;
    let number = [Value::Int(migration.number)];
    if run(&transaction, &migrations::store::APPLIED, &number)?.1 > 0 {
        return Ok(false);
    }
    transaction.execute_batch(migration.sql).map_err(told)?;
    run(&transaction, &migrations::store::RECORD, &migration.record(now))?;
    transaction.commit().map_err(told)?;
    Ok(true)
}

//! A database of its own for each test, on either engine.
//!
//! A SQLite file in the folder for temporary files; or, when `GUARDHOUSE_TEST_POSTGRES` holds the
//! URL of a server, a database made there. The same suite runs once on each.

mod template;

use std::{
    path::{Path, PathBuf},
    thread,
};

use data_encoding::HEXLOWER;
use guardhouse_core::secret;

use crate::{DatabaseOptions, Db, Result, Statement, StoreError, migrations::Migration, postgres};

/// The URL of a PostgreSQL server where databases may be made and dropped.
pub const SERVER: &str = "GUARDHOUSE_TEST_POSTGRES";

/// A fresh database, removed when dropped.
#[derive(Debug)]
pub struct TestDatabase {
    // Dropped first: nothing is removed under an open connection.
    db: Db,
    options: DatabaseOptions,
    _place: Place,
}

/// Where a test's database is; removed when dropped.
#[derive(Debug)]
pub struct Place(Kind);

#[derive(Debug)]
enum Kind {
    Folder(PathBuf),
    Database { server: String, name: String },
}

impl TestDatabase {
    /// Makes and opens an empty database.
    ///
    /// # Panics
    /// When it cannot: a test has nothing to go on with.
    #[expect(clippy::expect_used, reason = "used by tests alone")]
    pub async fn new() -> Self {
        Self::with(|_| ()).await.expect("a test database")
    }

    /// Makes and opens a database with all these migrations applied, by copying one that has them.
    ///
    /// # Panics
    /// When it cannot: a test has nothing to go on with.
    #[expect(clippy::expect_used, reason = "used by tests alone")]
    pub async fn migrated(migrations: &[Migration]) -> Self {
        let made = Place::migrated(migrations).await;
        made.and_then(|place| Self::open(place, |_| ())).expect("a migrated test database")
    }

    /// Makes and opens an empty database with options of the test's choice.
    pub async fn with(change: impl FnOnce(&mut DatabaseOptions)) -> Result<Self> {
        Self::open(Place::empty().await?, change)
    }

    fn open(place: Place, change: impl FnOnce(&mut DatabaseOptions)) -> Result<Self> {
        let mut options = DatabaseOptions::new(place.url());
        // Many tests share the server at once.
        options.connections = 4;
        change(&mut options);
        Ok(Self { db: Db::open(&options)?, options, _place: place })
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// What it was opened with, for a second process or a second node.
    pub fn options(&self) -> &DatabaseOptions {
        &self.options
    }
}

impl Place {
    /// For an empty database.
    pub async fn empty() -> Result<Self> {
        match std::env::var(SERVER) {
            Ok(server) => Self::database(server, fresh_name()).await,
            Err(_) => Self::folder(&fresh_name()),
        }
    }

    async fn migrated(migrations: &[Migration]) -> Result<Self> {
        match std::env::var(SERVER) {
            Ok(server) => template::database(server, fresh_name(), migrations).await,
            Err(_) => template::folder(&fresh_name(), migrations).await,
        }
    }

    fn folder(name: &str) -> Result<Self> {
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).map_err(StoreError::unavailable)?;
        Ok(Self(Kind::Folder(folder)))
    }

    async fn database(server: String, name: String) -> Result<Self> {
        postgres::once(&server, &format!("create database {name}")).await?;
        Ok(Self(Kind::Database { server, name }))
    }

    /// What opens it.
    pub fn url(&self) -> String {
        match &self.0 {
            Kind::Folder(folder) => format!("sqlite:{}", file(folder).display()),
            Kind::Database { server, name } => renamed(server, name),
        }
    }
}

fn fresh_name() -> String {
    format!("guardhouse_test_{}", HEXLOWER.encode(&secret::random::<8>()))
}

fn file(folder: &Path) -> PathBuf {
    folder.join("test.db")
}

/// The URL with another database's name.
fn renamed(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, String::new()), |(base, query)| (base, format!("?{query}")));
    let host = base.find("://").map_or(0, |at| at + 3);
    let end = base[host..].find('/').map_or(base.len(), |at| host + at);
    format!("{}/{name}{query}", &base[..end])
}

/// From a thread of its own, since a test's runtime cannot wait inside a drop.
fn drop_database(server: &str, name: &str) {
    let drop = format!("drop database if exists {name} with (force)");
    thread::scope(|scope| {
        scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            // Best effort: what is left is dropped with the server.
            let _ = runtime.map(|runtime| runtime.block_on(postgres::once(server, &drop)));
        });
    });
}

impl Drop for Place {
    fn drop(&mut self) {
        match &self.0 {
            // What cannot be removed is left to whoever clears the folder for temporary files.
            Kind::Folder(folder) => drop(std::fs::remove_dir_all(folder)),
            Kind::Database { server, name } => drop_database(server, name),
        }
    }
}

/// Prepares each statement that is meant for this engine, and names the first that is wrong.
pub async fn check_statements(db: &Db, statements: &[Statement]) -> Result<()> {
    for statement in statements.iter().filter(|statement| statement.runs_on(db.dialect())) {
        db.prepare(statement).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_the_name_of_the_database_is_replaced() {
        for (server, made) in [
            ("postgres://u:p@h:1/postgres?sslmode=disable", "postgres://u:p@h:1/t?sslmode=disable"),
            ("postgres://u@h", "postgres://u@h/t"),
            ("postgres://u@h?sslmode=prefer", "postgres://u@h/t?sslmode=prefer"),
        ] {
            assert_eq!(super::renamed(server, "t"), made);
        }
    }
}

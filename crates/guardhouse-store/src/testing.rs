//! A database of its own for each test, on either engine.
//!
//! A SQLite file in the folder for temporary files; or, when `GUARDHOUSE_TEST_POSTGRES` holds the
//! URL of a server, a database made there. The same suite runs once on each.

use std::path::PathBuf;

use data_encoding::HEXLOWER;
use guardhouse_core::{secret, time::Timestamp};

use crate::{
    DatabaseOptions, Db, Result, Statement, StoreError,
    migrations::{self, Migration},
};

/// A fresh and empty database, removed when dropped.
#[derive(Debug)]
pub struct TestDatabase {
    // Dropped first: nothing is removed under an open connection.
    db: Db,
    options: DatabaseOptions,
    _place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
}

impl TestDatabase {
    /// Makes and opens a database.
    ///
    /// # Panics
    /// When it cannot: a test has nothing to go on with.
    #[expect(clippy::expect_used, reason = "used by tests alone")]
    pub async fn new() -> Self {
        Self::with(|_| ()).await.expect("a test database")
    }

    /// The same with all these migrations applied.
    ///
    /// # Panics
    /// When it cannot: a test has nothing to go on with.
    #[expect(clippy::expect_used, reason = "used by tests alone")]
    pub async fn migrated(migrations: &[Migration]) -> Self {
        let made = Self::new().await;
        migrations::migrate(&made.db, migrations, Timestamp(0)).await.expect("migrations");
        made
    }

    /// Makes and opens a database with options of the test's choice.
    pub async fn with(change: impl FnOnce(&mut DatabaseOptions)) -> Result<Self> {
        let name = format!("guardhouse_test_{}", HEXLOWER.encode(&secret::random::<8>()));
        let (url, place) = folder(&name)?;
        let mut options = DatabaseOptions::new(url);
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

fn folder(name: &str) -> Result<(String, Place)> {
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).map_err(StoreError::unavailable)?;
    Ok((format!("sqlite:{}", folder.join("test.db").display()), Place::Folder(folder)))
}

impl Drop for Place {
    fn drop(&mut self) {
        match self {
            // What cannot be removed is left to whoever clears the folder for temporary files.
            Self::Folder(folder) => drop(std::fs::remove_dir_all(folder)),
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

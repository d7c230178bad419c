//! Where the database is, read from one URL.

use std::{fmt, path::PathBuf};

use crate::{Result, StoreError, postgres};

/// Which database to open and how much to take of it.
#[derive(Clone)]
pub struct DatabaseOptions {
    /// `sqlite:/path/to/file.db` or `postgres://user:password@host/name?sslmode=verify-full`.
    pub url: String,
    /// PostgreSQL: the most connections of the pool. Four more are shared by look-ups, counts
    /// and the listener. Default 10.
    pub connections: usize,
    /// SQLite: the most bytes the file may grow to; further writes answer
    /// [`StoreError::Full`]. Default: the disk.
    pub max_bytes: Option<u64>,
}

impl DatabaseOptions {
    /// The defaults for a URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), connections: 10, max_bytes: None }
    }

    /// Whether the server, where there is one, is on this machine or must prove its name by TLS, so that nobody in
    /// between can listen or pose as it.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for an unusable URL.
    pub fn proven(&self) -> Result<bool> {
        match self.target()? {
            Target::Sqlite(_) => Ok(true),
            Target::Postgres(url) => postgres::proven(url),
        }
    }

    pub(crate) fn target(&self) -> Result<Target<'_>> {
        let (scheme, rest) = self.url.split_once(':').ok_or_else(unknown)?;
        match scheme {
            "sqlite" => file(rest).map(Target::Sqlite),
            "postgres" | "postgresql" => Ok(Target::Postgres(&self.url)),
            _ => Err(unknown()),
        }
    }
}

impl From<&str> for DatabaseOptions {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

/// The URL of a server may hold a password, so only its scheme is shown.
impl fmt::Debug for DatabaseOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.url.split(':').next().unwrap_or_default();
        f.debug_struct("DatabaseOptions")
            .field("scheme", &scheme)
            .field("connections", &self.connections)
            .field("max_bytes", &self.max_bytes)
            .finish()
    }
}

#[derive(Debug, PartialEq)]
pub(crate) enum Target<'a> {
    Sqlite(PathBuf),
    Postgres(&'a str),
}

fn unknown() -> StoreError {
    StoreError::Refused(
        "the database URL must begin with `sqlite:` (sqlite:/var/lib/app/app.db) or `postgres://`".into(),
    )
}

fn file(rest: &str) -> Result<PathBuf> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() || path.contains(":memory:") {
        return Err(StoreError::Refused(
            "SQLite in memory is refused: every connection would see a database of its own, and \
             ended sessions would live again after a restart; name a file, `sqlite:/path/app.db`"
                .into(),
        ));
    }
    if path.contains('?') {
        return Err(StoreError::Refused("a SQLite URL takes no parameters: `sqlite:/path/app.db`".into()));
    }
    Ok(PathBuf::from(path))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_file_or_a_server() {
        let file = |url: &str| DatabaseOptions::new(url).target().unwrap() == Target::Sqlite("/a/b.db".into());
        assert!(file("sqlite:/a/b.db"));
        assert!(file("sqlite:///a/b.db"));
        let server = DatabaseOptions::new("postgres://u:secret@h/n");
        assert!(matches!(server.target().unwrap(), Target::Postgres(_)));
        assert!(!format!("{server:?}").contains("secret"));
    }

    #[test]
    fn a_server_elsewhere_is_proven_by_a_certificate_that_is_checked_12_3_1() {
        let proven = |url: &str| DatabaseOptions::new(url).proven().unwrap();
        for here in [
            "sqlite:/a.db",
            "postgres://u@localhost/n",
            "postgres://u@127.0.0.1:5433,[::1]/n",
            "postgres://u@%2Frun%2Fpostgresql/n",
            "postgres:///n?host=/run/postgresql",
            "postgres://u@db.example/n?sslmode=verify-full",
            "postgres://u@db.example/n?sslmode=require&sslrootcert=/ca.pem",
        ] {
            assert!(proven(here), "{here}");
        }
        for open in [
            "postgres://u@db.example/n",
            "postgresql://u@192.0.2.1/n?sslmode=prefer",
            "postgres://u@db.example/n?sslmode=require",
            "postgres://u@db.example/n?sslmode=disable&sslrootcert=/ca.pem",
            "postgres://u@db.example/n?sslrootcert=/ca.pem",
            "postgres://u@localhost,db.example/n",
            "postgres:///n?host=db.example",
            "postgres://u@localhost/n?hostaddr=192.0.2.1",
        ] {
            assert!(!proven(open), "{open}");
        }
    }

    #[test]
    fn memory_and_unknown_schemes_are_refused_with_a_reason() {
        for url in ["sqlite::memory:", "sqlite:", "sqlite:///a.db?mode=ro", "mysql://h/n", "a.db"] {
            let refused = DatabaseOptions::new(url).target().unwrap_err();
            assert!(matches!(refused, StoreError::Refused(_)), "{url}");
        }
        let told = DatabaseOptions::new("sqlite::memory:").target().unwrap_err();
        assert!(told.to_string().contains("every connection"));
    }
}

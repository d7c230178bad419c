//! The differences between the databases, kept few and visible.

/// Which database answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite in a file beside the server.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// The text or value for this database. Every call is a difference that has to be tested
    /// twice; their number has a budget.
    pub fn pick<T>(self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }
}

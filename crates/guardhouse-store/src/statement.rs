//! Statements are named constants; a test prepares each on both databases.

use crate::Dialect;

/// A named SQL text. Parameters are `$1`, `$2`, … and may repeat or carry a cast (`$1::bigint`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Statement {
    /// Module path and constant, for errors and counts.
    pub name: &'static str,
    /// The text.
    pub sql: &'static str,
}

impl Statement {
    /// Whether the text is meant for this database. One whose name ends in `_ON_SQLITE` or
    /// `_ON_POSTGRES` is for that one alone and is chosen by [`Dialect::pick`].
    pub fn runs_on(&self, dialect: Dialect) -> bool {
        !self.name.ends_with(dialect.pick("_ON_POSTGRES", "_ON_SQLITE"))
    }
}

/// Declares statements, and `ALL`, the list of them, for the test that prepares each.
///
/// ```
/// mod store {
///     guardhouse_store::statements! {
///         /// The account of a mail address.
///         FIND = "select id, name from accounts where email_key = $1";
///     }
/// }
/// assert_eq!(store::ALL.len(), 1);
/// assert!(store::FIND.name.ends_with("::FIND"));
/// ```
#[macro_export]
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr;)*) => {
        $(
            $(#[$meta])*
            pub const $name: $crate::Statement = $crate::Statement {
                name: concat!(module_path!(), "::", stringify!($name)),
                sql: $sql,
            };
        )*
        /// Every statement of this module.
        pub const ALL: &[$crate::Statement] = &[$($name),*];
    };
}

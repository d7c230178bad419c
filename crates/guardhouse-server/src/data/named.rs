//! The account that somebody means on the command line.

use guardhouse_core::{email::EmailAddress, ids::AccountId};

use crate::failure::Failure;

/// An account by its id or its e-mail address.
pub(crate) enum Named {
    /// `usr_…`
    Id(AccountId),
    /// An address.
    Email(EmailAddress),
}

impl Named {
    /// Reads what was typed.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        EmailAddress::parse(text).map(Self::Email).map_err(|error| {
            Failure::usage(format!("`{text}` is neither an e-mail address nor a user's id: {error}"))
                .mend("write `alice@example.com`, or an id as in `guardhouse user list`")
        })
    }

    /// There is no such account.
    pub(crate) fn unknown(text: &str) -> Failure {
        Failure::new(format!("there is no user `{text}`")).mend("`guardhouse user list` shows all")
    }
}

//! What this server knows of those whom questions are about: its own accounts, as `user::"usr_…"`.

use std::sync::Arc;

use guardhouse_core::ids::AccountId;
use serde_json::{Map, Value, json};

use super::engine::{Party, Question, Stored};
use crate::kernel::{
    accounts::{self, Account},
    ctx::Ctx,
    errors::Result,
};

/// The entity type of accounts.
pub const USER: &str = "user";
/// The entity type of roles.
const ROLE: &str = "role";

/// Whom a question's subject stands for.
#[derive(Clone, Debug)]
pub enum Known {
    /// Nobody of this server's: what is sent is all there is.
    Foreign,
    /// An account.
    Account(Arc<Account>),
    /// An account that is not there any more, or never was.
    Gone,
}

impl Known {
    /// Why nothing is permitted to them, whatever roles and policies say.
    pub fn refused(&self) -> Option<&'static str> {
        match self {
            Self::Gone => Some("There is no such user."),
            Self::Account(account) if account.disabled_at.is_some() => Some("The user is disabled."),
            Self::Foreign | Self::Account(_) => None,
        }
    }
}

/// The account that an entity stands for. An id in the form of ours names nobody else's users.
pub async fn known(ctx: &Ctx, party: &Party) -> Result<Known> {
    if party.kind != USER {
        return Ok(Known::Foreign);
    }
    let Ok(id) = party.id.parse::<AccountId>() else { return Ok(Known::Foreign) };
    Ok(accounts::cached(ctx, id).await?.map_or(Known::Gone, Known::Account))
}

/// Adds what is stored of subject and resource, which no property that is sent overrides (rulings 29).
pub(super) async fn complete(ctx: &Ctx, question: &mut Question, subject: &Known) -> Result<()> {
    question.subject.stored = stored(subject);
    question.resource.stored = stored(&known(ctx, &question.resource).await?);
    Ok(())
}

fn stored(known: &Known) -> Option<Arc<Stored>> {
    match known {
        Known::Foreign => None,
        Known::Account(account) => Some(account.form(of_account)),
        // Nobody can say what is not stored.
        Known::Gone => Some(Arc::new(Stored::new(nothing(), Vec::new()))),
    }
}

fn nothing() -> Map<String, Value> {
    ["email", "email_verified", "name", "disabled"].map(|name| (name.to_owned(), Value::Null)).into_iter().collect()
}

fn of_account(account: &Account) -> Stored {
    let attributes = [
        ("email", json!(account.email.as_str())),
        ("email_verified", json!(account.email_verified())),
        ("name", json!(account.name)),
        ("disabled", json!(account.disabled_at.is_some())),
    ];
    let parents = account.authority.included.iter().map(|role| (ROLE.to_owned(), role.clone())).collect();
    Stored::new(attributes.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(), parents)
}

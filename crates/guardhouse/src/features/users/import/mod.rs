//! Taking people over from another system with the hashes it kept (M-13, M-17).
//!
//! Each row stands alone: a bad one is named and loses no other, a known address is skipped. Hashes verify as their
//! maker's did and are replaced at the next login; whoever has none sets a password by mail.

mod rows;

use std::collections::HashSet;

use futures_util::{StreamExt as _, stream};
use guardhouse_core::{email::DisplayName, ids::AccountId};
use guardhouse_store::Unit;
use serde::Serialize;
use utoipa::ToSchema;

pub use rows::Rows;
pub(super) use rows::{ImportInput, MAX_BYTES};

use super::access::{self, By};
use crate::{
    features::password::{self, Chosen},
    kernel::{
        accounts::{self, NewAccount},
        audit::{Event, Outcome},
        changes::Act,
        ctx::Ctx,
        errors::Result,
        http::input::Text,
    },
};
use rows::{ImportedUser, Row, StoredHash, fault};

/// Rows written at a time: their commits are gathered into few.
const AT_ONCE: usize = 16;

/// What came of an import.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ImportAnswer {
    /// How many accounts were made.
    pub imported: usize,
    /// How many addresses were known already, here or further up.
    pub skipped: usize,
    /// What is wrong with rows that were not taken.
    pub errors: Vec<RowError>,
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowError {
    /// Its place in `users`, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// Its line in NDJSON, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The address it names.
    pub email: Option<String>,
    /// Stable code of what is wrong.
    pub code: &'static str,
    /// The same for people.
    pub message: String,
}

/// What became of a row.
enum Became {
    Account,
    Known,
    Refused(RowError),
}

/// Takes the rows over.
pub async fn import(ctx: &Ctx, by: &By, rows: Rows) -> Result<ImportAnswer> {
    let mut answer = ImportAnswer::default();
    let mut seen = HashSet::new();
    let mut fresh = Vec::new();
    for row in rows.rows {
        match row.read {
            Err(error) => answer.errors.push(Row::refused(row.at, row.email, &error)),
            Ok(user) if !seen.insert(user.email.key().to_owned()) => answer.skipped += 1,
            Ok(user) => fresh.push((row.at, row.email, user)),
        }
    }
    let mut written = stream::iter(fresh)
        .map(|(at, email, user)| async move {
            match take(ctx, by, user).await {
                Ok(true) => Ok(Became::Account),
                Ok(false) => Ok(Became::Known),
                // The database being away is no fault of a row.
                Err(error) if error.code().status().is_server_error() => Err(error),
                Err(error) => Ok(Became::Refused(Row::refused(at, email, &error))),
            }
        })
        .buffered(AT_ONCE);
    while let Some(became) = written.next().await {
        match became? {
            Became::Account => answer.imported += 1,
            Became::Known => answer.skipped += 1,
            Became::Refused(error) => answer.errors.push(error),
        }
    }
    answer.errors.sort_by_key(|error| error.index.or(error.line));
    finish(ctx, by, &answer).await?;
    Ok(answer)
}

/// Says so, and has unknown addresses cost what the new hashes cost (`A17`).
async fn finish(ctx: &Ctx, by: &By, answer: &ImportAnswer) -> Result<()> {
    let event = Event::new("users.import", Outcome::Success)
        .by(&by.who)
        .detail("imported", answer.imported)
        .detail("skipped", answer.skipped)
        .detail("errors", answer.errors.len());
    ctx.audit.record(ctx, event).await?;
    password::sample(ctx).await
}

/// Writes a row; whether its address was free.
async fn take(ctx: &Ctx, by: &By, user: ImportedUser) -> Result<bool> {
    let roles = access::role_names(user.roles.unwrap_or_default().into_iter().map(|Text(role)| role).collect())?;
    access::may_give(ctx, by, &roles)?;
    let now = ctx.now();
    let name = match user.name {
        Some(name) => name,
        None => DisplayName::parse(user.email.local_part())
            .map_err(|error| fault("name", "INVALID_NAME", &error.to_string()))?,
    };
    let id = AccountId::new(now);
    let verified = user.email_verified.unwrap_or(false);
    let given = roles.join(" ");
    let unit = accounts::create(Unit::new(), &NewAccount { id, email: user.email, name, verified, roles }, now);
    let unit = match user.password_hash {
        Some(StoredHash(hash)) => password::set(unit, id, &Chosen::imported(hash), now),
        None => unit,
    };
    let act = if user.disabled.unwrap_or(false) { accounts::disable(ctx, unit, id) } else { Act::from(unit) };
    let event = Event::new("users.imported", Outcome::Success).subject(id).by(&by.who).detail("roles", given);
    Ok(act.audited(ctx, event).run(ctx).await?.is_some())
}

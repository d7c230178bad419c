//! Taking people over from another system with the hashes it kept (M-13, M-17).
//!
//! Each row stands alone: a bad one is named and loses no other, a known address is skipped. Hashes verify as their
//! maker's did and are replaced at the next login; whoever has none sets a password by mail.

use std::collections::HashSet;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    ids::AccountId,
    password::PasswordHash,
};
use guardhouse_store::Unit;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, OneOfBuilder, RefOr, Schema,
        schema::{AdditionalProperties, ArrayBuilder, Type},
    },
};

use super::access::{self, By};
use crate::{
    features::password::{self, Chosen},
    input,
    kernel::{
        accounts::{self, NewAccount},
        audit::{Event, Outcome},
        changes::Act,
        ctx::Ctx,
        errors::{Code, Detail, Error, Result},
        http::{
            input::{self as body, Fault, Field, Fields, Input as _, Text},
            strict,
        },
    },
};

/// The most rows of one call.
pub(super) const MAX_ROWS: usize = 1000;
/// The most bytes of one call.
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Rows written at a time: their commits are gathered into few.
const AT_ONCE: usize = 16;

/// A hash in the form in which it is kept.
pub struct StoredHash(String);

impl Field for StoredHash {
    fn read(value: Value) -> Result<Self, Fault> {
        let hash = match &value {
            Value::String(text) => PasswordHash::parse(text),
            Value::Object(credential) => {
                PasswordHash::from_keycloak(&member(credential, "credentialData")?, &member(credential, "secretData")?)
            }
            _ => return Err(Fault::new("WRONG_TYPE", "Must be a text, or a credential of Keycloak's export.")),
        };
        hash.map(|hash| Self(hash.to_phc())).map_err(|error| Fault::new("INVALID_PASSWORD_HASH", error.to_string()))
    }
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let credential = ObjectBuilder::new()
            .property("credentialData", text())
            .property("secretData", text())
            .required("credentialData")
            .required("secretData");
        OneOfBuilder::new().item(text().max_length(Some(512))).item(credential).into()
    }
}

/// A part of a credential of Keycloak's export: JSON in a text there, and taken unpacked too. What else a credential
/// tells, its id and its label, has no use here.
fn member(credential: &Map<String, Value>, name: &str) -> Result<String, Fault> {
    match credential.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Object(unpacked)) => Ok(Value::from(unpacked.clone()).to_string()),
        _ => Err(Fault::new("INVALID_PASSWORD_HASH", format!("A credential of Keycloak has `{name}`."))),
    }
}

input! {
    /// Somebody who is taken over.
    pub struct ImportedUser {
        /// The address to sign in with.
        email: EmailAddress,
        /// What to be called; the address' local part where there is none.
        name: Option<DisplayName>,
        /// A hash in PHC form (Argon2, scrypt, PBKDF2), or of bcrypt, Django, passlib, Werkzeug or ASP.NET Identity;
        /// or a password credential of Keycloak's export, as it stands there.
        password_hash: Option<StoredHash>,
        /// Whether the other system had verified the address; no unless told.
        email_verified: Option<bool>,
        /// Roles to hold.
        roles: Option<Vec<Text<64>>>,
        /// Whether the account is kept from signing in.
        disabled: Option<bool>,
    }
}

/// The body, for the description: its rows are read one by one, so that one bad row loses no other.
pub(super) struct ImportInput;

impl PartialSchema for ImportInput {
    fn schema() -> RefOr<Schema> {
        let rows = ArrayBuilder::new().items(<ImportedUser as PartialSchema>::schema()).max_items(Some(MAX_ROWS));
        ObjectBuilder::new()
            .property("users", rows)
            .required("users")
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
            .into()
    }
}

impl ToSchema for ImportInput {
    fn name() -> std::borrow::Cow<'static, str> {
        "ImportInput".into()
    }
}

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

/// The rows of an import, each read or refused.
pub struct Rows {
    rows: Vec<Row>,
}

struct Row {
    at: Place,
    email: Option<String>,
    read: Result<ImportedUser>,
}

#[derive(Clone, Copy)]
enum Place {
    Index(usize),
    Line(usize),
}

impl Rows {
    /// The rows of `{"users":[…]}`.
    pub fn json(bytes: &[u8]) -> Result<Self> {
        let mut object = body::object(bytes)?;
        let users = match object.remove("users") {
            Some(Value::Array(users)) => users,
            Some(_) => return Err(fault("users", "WRONG_TYPE", "Must be a list.")),
            None => return Err(fault("users", "REQUIRED", "This field is required.")),
        };
        Fields::new(object).finish()?;
        bounded(users.len())?;
        let row = |(at, value)| Row::of(Place::Index(at), Ok(value));
        Ok(Self { rows: users.into_iter().enumerate().map(row).collect() })
    }

    /// One object a line.
    pub fn ndjson(bytes: &[u8]) -> Result<Self> {
        let lines = bytes.split(|byte| *byte == b'\n').enumerate();
        let filled: Vec<_> = lines.filter(|(_, line)| !line.trim_ascii().is_empty()).take(MAX_ROWS + 1).collect();
        bounded(filled.len())?;
        let row = |(at, line): (usize, &[u8])| {
            let malformed =
                |error| Error::new(Code::MalformedJson, format!("The line is not well-formed JSON: {error}."));
            Row::of(Place::Line(at + 1), strict::parse(line).map_err(malformed))
        };
        Ok(Self { rows: filled.into_iter().map(row).collect() })
    }

    /// Reads a body by what it says it is.
    pub fn of(bytes: &Bytes, ndjson: bool) -> Result<Self> {
        if ndjson { Self::ndjson(bytes) } else { Self::json(bytes) }
    }
}

fn fault(field: &str, code: &'static str, message: &str) -> Error {
    Error::validation(vec![Detail::new(field, code, message)])
}

fn bounded(rows: usize) -> Result<()> {
    if rows <= MAX_ROWS { Ok(()) } else { Err(fault("users", "TOO_LONG", "At most 1000 users in one call.")) }
}

impl Row {
    fn of(at: Place, value: Result<Value>) -> Self {
        let object = value.and_then(|value| match value {
            Value::Object(object) => Ok(object),
            _ => Err(Error::new(Code::MalformedJson, "Each user is a JSON object.")),
        });
        let email = object.as_ref().ok().and_then(named);
        Self { at, email, read: object.and_then(|object| ImportedUser::read(Fields::new(object))) }
    }

    fn refused(at: Place, email: Option<String>, error: &Error) -> RowError {
        let (index, line) = match at {
            Place::Index(index) => (Some(index), None),
            Place::Line(line) => (None, Some(line)),
        };
        let (code, message) = match error.details().first() {
            Some(detail) => (detail.code, format!("{}: {}", detail.field, detail.message)),
            None => (error.code().as_str(), error.message().to_owned()),
        };
        RowError { index, line, email, code, message }
    }
}

fn named(object: &Map<String, Value>) -> Option<String> {
    object.get("email")?.as_str().map(|text| text.chars().filter(|c| !c.is_control()).take(254).collect())
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
    by.may_give(&roles)?;
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

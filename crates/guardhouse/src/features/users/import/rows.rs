//! The rows of an import: each is read by itself, and one that cannot be is named.

use bytes::Bytes;
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    password::PasswordHash,
};
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, OneOfBuilder, RefOr, Schema,
        schema::{AdditionalProperties, ArrayBuilder, Type},
    },
};

use super::RowError;
use crate::{
    input,
    kernel::{
        errors::{Code, Detail, Error, Result},
        http::{
            input::{self as body, Fault, Field, Fields, Input as _, Text},
            strict,
        },
    },
};

/// The most rows of one call.
const MAX_ROWS: usize = 1000;
/// The most bytes of one call.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// A hash in the form in which it is kept.
pub struct StoredHash(pub(super) String);

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
pub struct ImportInput;

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

/// The rows of an import, each read or refused.
pub struct Rows {
    pub(super) rows: Vec<Row>,
}

/// One of them.
pub(super) struct Row {
    /// Where it stands.
    pub at: Place,
    /// The address it names.
    pub email: Option<String>,
    /// What it says, or what is wrong with it.
    pub read: Result<ImportedUser>,
}

/// Where a row stands.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// In `users`, from 0.
    Index(usize),
    /// In NDJSON, from 1.
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

/// A row or the whole is refused for a field.
pub(super) fn fault(field: &str, code: &'static str, message: &str) -> Error {
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

    /// What the answer says of a row that was not taken.
    pub(super) fn refused(at: Place, email: Option<String>, error: &Error) -> RowError {
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
